//! Known values that are among other texts, as a schema lists them.

use super::super::{Frame, Vocabulary, codes};
use super::Reader;
use super::format::VocabularySpec;

impl Reader<'_> {
    pub(super) fn vocabularies(&mut self, specs: Vec<(String, VocabularySpec)>) -> Vec<Vocabulary> {
        specs.into_iter().filter_map(|(_, spec)| self.vocabulary(spec)).collect()
    }

    fn vocabulary(&mut self, spec: VocabularySpec) -> Option<Vocabulary> {
        let Some(values) = self.enums.get(&spec.values).cloned() else {
            let message = format!("there is no list of known values `{}`", spec.values);
            self.error(&codes::UNKNOWN_REFERENCE, &spec.values, message, "define it under `enums`");
            return None;
        };
        let forms = if spec.forms.is_empty() { vec!["{}".to_owned()] } else { spec.forms };
        let mut frames = Vec::with_capacity(forms.len());
        for form in &forms {
            let Some(frame) = Frame::new(form) else {
                let message = format!("the form `{form}` has no place for a value");
                self.error(&codes::UNKNOWN_REFERENCE, form, message, "write `{}` in place of the value");
                return None;
            };
            frames.push(frame);
        }
        Some(Vocabulary {
            values,
            fields: spec.fields,
            frames,
            others: spec.others,
            separators: spec.separators,
            labelled: spec.labelled,
        })
    }
}
