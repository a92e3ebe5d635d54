"""`clearway doctor`: what an operator's database, store and machine lack, in words, before anybody depends on them."""
