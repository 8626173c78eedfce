/** Whether another page shows this one in a frame. */
export const isFramed = window.top !== window;

let reported = 0;

/** Says how high the page is, so that the page around it can fit the frame. Nothing is taken from that page. */
export function reportHeight(): void {
  // First, because reading a height makes the browser lay the page out.
  if (!isFramed) return;
  const { scrollHeight: height } = document.documentElement;
  if (height === reported) return;
  reported = height;
  parent.postMessage({ type: 'poleparty:height', height }, '*');
}
