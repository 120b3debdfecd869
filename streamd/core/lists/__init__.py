"""Lists of items: order, groups, pages, words that are searched for, and views that are followed."""
