"""Text helpers that several rooms share: word lists, stems, numbers and lists as people write them. Pure."""
