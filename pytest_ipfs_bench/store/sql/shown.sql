-- What a table shows of a piece of hardware: its name, and whether it is only software that stands in for it.
CREATE OR REPLACE TEMP MACRO shown(name, is_software) AS
    CASE WHEN is_software THEN concat_ws(' ', name, '(software)') ELSE name END
