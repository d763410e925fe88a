-- Of what was asked about, what may be counted: measured and imported, the rest only where it was asked for.
CREATE OR REPLACE TEMP VIEW chosen_tries AS
SELECT *
FROM asked_tries
WHERE getvariable('simulated') OR (is_simulated IS NOT TRUE AND provenance IN ('measured', 'imported'))
