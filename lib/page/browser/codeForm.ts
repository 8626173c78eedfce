import { readCode } from '../../domain/pollCode.ts';
import { byId } from './dom.ts';

/** Leads from a typed code to its poll. Spaces and dashes, with which people group a code, do not matter. */
export function useCodeForm(): void {
  const field = byId<HTMLInputElement>('code');
  byId<HTMLFormElement>('code-form').onsubmit = (event) => {
    event.preventDefault();
    const code = readCode(field.value.replace(/[\s-]+/g, ''));
    if (code) location.assign(`/${code}`);
    field.setAttribute('aria-invalid', `${!code}`);
    field.focus();
  };
}
