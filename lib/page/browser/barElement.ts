/** `<share-bar>`: a bar as long as its share. For the eyes only; the row beside it says the same as text. */
export class ShareBar extends HTMLElement {
  /** @param percent 0–100 */
  set share(percent: number) {
    // A property, because the page's policy blocks style attributes.
    this.style.setProperty('--share', `${percent / 100}`);
  }
}

customElements.define('share-bar', ShareBar);
