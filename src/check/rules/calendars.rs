//! Calendars that objectives name must exist.

use crate::diag::{Diagnostic, Diagnostics, Issue, did_you_mean, literal};
use crate::model::Calendar;

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let [only] = Calendar::NAMES;
    for objective in &context.declared.objectives {
        let Some(calendar) = &objective.value.calendar else { continue };
        let name = calendar.value.as_str();
        if Calendar::NAMES.contains(&name) {
            continue;
        }
        let message = format!("calendar {} does not exist", literal(name));
        let help = did_you_mean(name, Calendar::NAMES)
            .unwrap_or_else(|| format!("the only calendar is {}", literal(only)));
        let diagnostic = Diagnostic::new(Issue::UnknownCalendar, &objective.file, calendar.span, message);
        diagnostics.push(diagnostic.help(help));
    }
}
