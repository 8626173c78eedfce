/** The field for a code, on pages that need no more. */
import { useCodeForm } from './codeForm.ts';

useCodeForm();
