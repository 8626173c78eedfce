/** Links to a poll. The owner's token is in the fragment of one, which no server sees. */
export function pollLinks(base: string, code: string) {
  const link = `${base}/${code}`;
  const wall = `${link}?view=wall`;
  return {
    link,
    wall,
    kiosk: `${link}?view=kiosk`,
    overlay: `${link}?view=overlay`,
    embed: `<iframe src="${link}?view=embed" width="100%" height="480" title="PoleParty"></iframe>`,
    manage: (token: string) => `${link}#manage=${token}`,
    /** As people read it from a wall. */
    host: base.replace(/^https?:\/\//, ''),
    qr: qrText(link),
  };
}

const ALPHANUMERIC = /^[0-9A-Z $%*+./:-]+$/;

/** In capitals a QR code has a third fewer modules: its alphabet has no small letters. Hosts and codes are the same in
 * any case. */
function qrText(link: string): string {
  const capitals = link.toUpperCase();
  return ALPHANUMERIC.test(capitals) ? capitals : link;
}
