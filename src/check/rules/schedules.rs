//! Cron lines, intervals and time zones must be ones, and fire some day.

use std::sync::Arc;

use crate::check::raw::{RawSchedule, Text};
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::load::Spanned;
use crate::model::{Cron, Zone};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    if let Some(project) = &context.declared.project {
        diagnostics.extend(unknown_zone(&project.file, project.value.timezone.as_ref()));
    }
    for view in &context.views {
        for trigger in view.item.value.raw.on.iter().filter_map(|trigger| trigger.long()) {
            let Some(schedule) = &trigger.schedule else { continue };
            diagnostics.extend(unknown_zone(view.file(), schedule.timezone.as_ref()));
            diagnostics.extend(cron(context, view.file(), schedule));
        }
    }
}

fn unknown_zone(file: &Arc<str>, name: Option<&Spanned<Text>>) -> Option<Diagnostic> {
    let name = name?;
    let error = Zone::parse(&name.value.0).err()?;
    let message = format!("time zone {} does not exist", literal(&name.value.0));
    let help = error.nearest.map_or_else(
        || "write a name of the IANA database, such as `Asia/Tokyo` or `UTC`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Some(Diagnostic::new(Issue::UnknownZone, file, name.span, message).help(help))
}

fn cron(context: &Context<'_>, file: &Arc<str>, schedule: &RawSchedule) -> Option<Diagnostic> {
    let line = schedule.cron.as_ref()?;
    let error = Cron::parse(&line.value.0).err()?;
    let span = context.within(file, line.span, &line.value.0, error.range.as_ref());
    let issue = if error.never_fires { Issue::NeverFires } else { Issue::NotACron };
    Some(Diagnostic::new(issue, file, span, error.message).help(error.help))
}
