-- Of what was asked about, what may be counted: simulated outcomes only where they were asked for.
CREATE OR REPLACE TEMP VIEW chosen_outcomes AS
SELECT *
FROM asked_outcomes
WHERE getvariable('simulated') OR is_simulated IS NOT TRUE
