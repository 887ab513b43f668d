import type { Shape } from "../drawing/scene.ts";

/** Lines and boxes as elements: for drawings so small and so many that a canvas each would be too much. */
export function Shapes({ shapes, width, height }: { shapes: readonly Shape[]; width: number; height: number }) {
  return (
    <svg class="shapes" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {shapes.map((shape, at) =>
        shape.shape === "line" ? (
          <line key={at} x1={shape.x1} y1={shape.y1} x2={shape.x2} y2={shape.y2} stroke={shape.stroke} stroke-width={shape.thickness} />
        ) : shape.shape === "box" ? (
          <rect key={at} x={shape.x} y={shape.y} width={shape.width} height={shape.height} rx={shape.radius} fill={shape.fill ?? "none"} />
        ) : null,
      )}
    </svg>
  );
}
