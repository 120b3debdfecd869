"""Text helpers that several rooms share: word lists, stems, plurals, number words, lists and dates in English. Pure."""
