import { useCodeForm } from './codeForm.ts';

useCodeForm();
