//! What fields mean, how outcomes look, names from elsewhere, and what usual records hold.

use super::super::infer_text::quoted;
use super::super::{Example, Examples, Facts, Meaning, Outcome, Path, Schema, Signs};
use super::format::{ExamplesSpec, NamesSpec, OutcomeSpec, Pairs, Scalar, SignSpec};
use super::{Reader, codes};

impl Reader<'_> {
    /// Adds to a schema what its file says of meanings.
    pub(super) fn meanings(
        &mut self,
        schema: &mut Schema,
        meanings: &Pairs<NamesSpec>,
        outcome: &OutcomeSpec,
        also_known_as: &Pairs<NamesSpec>,
    ) {
        for (word, names) in &meanings.0 {
            let Some(meaning) = Meaning::named(word) else {
                let every: Vec<_> = Meaning::every_word().collect();
                let message = format!("no meaning is called `{word}`");
                let help = format!("the meanings are {}", every.join(", "));
                self.error(&codes::UNKNOWN_REFERENCE, word, message, &help);
                continue;
            };
            schema.meanings.push((meaning, self.paths(schema, names)));
        }
        schema.outcome = Outcome {
            success: self.signs(schema, &outcome.success),
            failure: self.signs(schema, &outcome.failure),
            note: outcome.note.clone(),
        };
        for (name, fields) in &also_known_as.0 {
            if schema.lookup(name, &Facts::default()).is_some_and(|found| found.declared) {
                let message = format!("`{name}` is a name of the log itself");
                let help = "list names that the log does not have";
                self.error(&codes::UNKNOWN_REFERENCE, name, message, help);
                continue;
            }
            let paths = self.paths(schema, fields);
            schema.also_known_as.push((name.clone(), paths));
        }
    }

    fn paths(&mut self, schema: &Schema, names: &NamesSpec) -> Vec<Path> {
        names.names().iter().filter_map(|name| self.path(schema, name)).collect()
    }

    /// What is together in usual records.
    pub(super) fn examples(&mut self, schema: &Schema, spec: ExamplesSpec) -> Examples {
        let records = spec.records.into_iter().map(|record| {
            let values = record.values.0.into_iter();
            let values = values.filter_map(|(name, value)| Some((self.path(schema, &name)?, value)));
            Example { asked: record.asked, values: values.collect() }
        });
        let records = records.collect();
        Examples { names: spec.names.0, records }
    }

    fn signs(&mut self, schema: &Schema, signs: &Pairs<SignSpec>) -> Signs {
        let mut found = Vec::new();
        for (field, value) in &signs.0 {
            let name = field.split('|').next().unwrap_or_default();
            if self.path(schema, name).is_some() {
                found.push((field.clone(), written(value)));
            }
        }
        found
    }
}

/// A value as YAML.
fn written(value: &SignSpec) -> String {
    let one = |value: &Scalar| match value {
        Scalar::Boolean(value) => value.to_string(),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Text(text) => quoted(text),
    };
    match value {
        SignSpec::One(None) => "null".to_owned(),
        SignSpec::One(Some(value)) => one(value),
        SignSpec::Several(values) => format!("[{}]", values.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}
