// The languages that people in the field are spoken to in.

export const languages = ['en', 'nl', 'fr'] as const;
export type Language = (typeof languages)[number];
