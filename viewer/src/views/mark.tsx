/** Headlight's mark. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="1" y="1" width="22" height="22" rx="5" />
      <path d="M6 6h4v4h-4zM10 10h4v4h-4zM14 14h4v4h-4z" />
    </svg>
  );
}
