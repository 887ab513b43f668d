import { Header } from "./header.tsx";
import { Timeline } from "./timeline.tsx";
import { Kinds, Viewer, Views } from "./viewer.tsx";

/** A report: the viewer alone. */
export function Report() {
  return (
    <>
      <Header />
      <nav>
        <Views />
        <Kinds />
      </nav>
      <Viewer />
      <Timeline />
    </>
  );
}
