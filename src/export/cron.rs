//! Schedules as cron writes them.

use super::codes;
use super::job::{Findings, Ready};
use super::schedule::short;
use crate::diagnostic::Diagnostic;

/// When something runs, as cron says it. The minute is that of the rule, so that not all run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cron {
    minute: Field,
    hour: Field,
}

/// A field of a cron schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// Each.
    Each,
    /// This one.
    One(u64),
    /// From this one on, in these steps.
    Steps(u64, u64),
}

impl Cron {
    /// When a subject runs every so many seconds; what no cron schedule can say is a finding.
    pub fn of(ready: Ready<'_, '_>, every: u64, findings: &mut Findings) -> Option<Self> {
        let cron = Self::every(every, &ready.subject.named.id);
        if cron.is_none() {
            let message = format!("no cron schedule runs every {}", short(every));
            let finding = Diagnostic::new(&codes::LIMIT, ready.subject.head, message);
            let help = "set `every` to a part of an hour, of a day, or to one day";
            findings.push((ready.at, finding.help(help)));
        }
        cron
    }

    fn every(seconds: u64, id: &str) -> Option<Self> {
        let spread = id.bytes().map(u64::from).sum::<u64>();
        let minutes = seconds / 60;
        if !seconds.is_multiple_of(60) {
            return None;
        }
        let minute = Field::One(spread % 60);
        match minutes {
            60 => Some(Self { minute, hour: Field::Each }),
            1_440 => Some(Self { minute, hour: Field::One(spread % 24) }),
            1..60 if 60_u64.is_multiple_of(minutes) => {
                Some(Self { minute: Field::Steps(spread % minutes, minutes), hour: Field::Each })
            }
            60..1_440 if minutes.is_multiple_of(60) && 24_u64.is_multiple_of(minutes / 60) => {
                let hours = minutes / 60;
                Some(Self { minute, hour: Field::Steps(spread % hours, hours) })
            }
            _ => None,
        }
    }

    /// The five fields of cron.
    pub fn fields(self) -> String {
        let written = |field: Field, last: u64| match field {
            Field::Each => "*".to_owned(),
            Field::One(at) => at.to_string(),
            Field::Steps(from, step) => format!("{from}-{last}/{step}"),
        };
        format!("{} {} * * *", written(self.minute, 59), written(self.hour, 23))
    }

    /// The same as AWS writes it.
    pub fn aws(self) -> String {
        let written = |field: Field| match field {
            Field::Each => "*".to_owned(),
            Field::One(at) => at.to_string(),
            Field::Steps(from, step) => format!("{from}/{step}"),
        };
        format!("cron({} {} * * ? *)", written(self.minute), written(self.hour))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_what_cron_can_say() {
        for (every, expected) in [
            (60, Some(("0-59/1 * * * *", "cron(0/1 * * * ? *)"))),
            (900, Some(("7-59/15 * * * *", "cron(7/15 * * * ? *)"))),
            (3_600, Some(("37 * * * *", "cron(37 * * * ? *)"))),
            (7_200, Some(("37 1-23/2 * * *", "cron(37 1/2 * * ? *)"))),
            (86_400, Some(("37 1 * * *", "cron(37 1 * * ? *)"))),
            (420, None),
            (5_400, None),
            (90, None),
        ] {
            let found = Cron::every(every, "a").map(|cron| (cron.fields(), cron.aws()));
            let found = found.as_ref().map(|(fields, aws)| (fields.as_str(), aws.as_str()));
            assert_eq!(found, expected, "{every}");
        }
    }
}
