-- One hand-over after another: two that overlap would both change this row, and the second is refused and sent again.
-- Facts have no key: without it two clients with the same rows would each see that they are not there yet.
UPDATE served_turns SET turn = turn + 1
