// The characters that a slot can hold, in the order of a slot's numbers; a slot's index 0 stands for "no character here". It
// lies here, and not with vision, so that who only asks lists loads no models.

export const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
