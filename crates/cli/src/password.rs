//! Passwords: where one is looked for, in order, and the prompt. They are printed nowhere.
