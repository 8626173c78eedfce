/** Markup that is safe to send as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | Markup[] | string | number | undefined;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

function render(part: Part): string {
  if (Array.isArray(part)) return part.map(({ text }) => text).join('');
  return part instanceof Markup ? part.text : escaped(`${part ?? ''}`);
}

/** A template of markup: everything put into it is escaped unless it is `Markup` already. Attributes need quotes. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((text, string, at) => `${text}${render(parts[at - 1])}${string}`));
}

/** The one way to show what users have written: escaped, and isolated from the direction of the text around it. */
export const userText = (text: string) => html`<bdi>${text}</bdi>`;

/** JSON for a script element: without `<` nothing in it can end the element or begin a comment. */
export function jsonBlock(id: string, value: unknown): Markup {
  const json = JSON.stringify(value).replaceAll('<', '\\u003c');
  return html`<script type="application/json" id="${id}">${new Markup(json)}</script>`;
}
