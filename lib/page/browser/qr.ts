import { correction, generate } from 'lean-qr';

/** Modules around the code that scanners need. */
const MARGIN = 4;
const SVG = 'http://www.w3.org/2000/svg';

/** A QR code as an image: black on white in every theme, because scanners fail on inverted ones.
 * @param label what it is, for screen readers */
export function qrCode(text: string, label: string): SVGSVGElement {
  const code = generate(text, { minCorrectionLevel: correction.M });
  let path = '';
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) path += `M${x + MARGIN} ${y + MARGIN}h1v1h-1z`;
  }
  const side = code.size + 2 * MARGIN;
  const svg = document.createElementNS(SVG, 'svg');
  const set = (element: Element, attributes: Record<string, string>) => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  };
  set(svg, {
    viewBox: `0 0 ${side} ${side}`,
    role: 'img',
    'aria-label': label,
    'shape-rendering': 'crispEdges',
  });
  const paper = document.createElementNS(SVG, 'rect');
  set(paper, { width: `${side}`, height: `${side}`, fill: '#fff' });
  const modules = document.createElementNS(SVG, 'path');
  set(modules, { d: path, fill: '#000' });
  svg.append(paper, modules);
  return svg;
}
