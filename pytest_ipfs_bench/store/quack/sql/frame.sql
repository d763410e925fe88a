-- What is admitted? Texts that copy a table; of a hand-over how it begins, how one ends that is kept, and one that is only
-- tried, and what may stand between: all without what stands in literals.
CREATE TABLE {guard}.frame AS SELECT $copies AS copies, $head AS head, $kept AS kept, $tried AS tried, $known AS known
