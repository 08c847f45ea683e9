//! Diagnostics for people: the line that is wrong, marked, with what to do.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diag::{Diagnostic, Diagnostics, Severity, SourceMap, SourceText, Span};

use super::summary;

/// Lines between two marks beyond which they are shown as two excerpts. It also bounds how much
/// text is laid out for one report.
const FAR: usize = 20;

/// Every diagnostic with its excerpt, then the line that counts them; empty if there are none.
pub fn human(diagnostics: &Diagnostics, map: &SourceMap, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        // The renderer shows other control characters as what they are; terminals obey these, too.
        let shown = renderer.render(&[report(diagnostic, map)]);
        text.push_str(&shown.replace(|letter| ('\u{80}'..='\u{9f}').contains(&letter), "\u{fffd}"));
        text.push_str("\n\n");
    }
    if let Some(line) = summary(diagnostics) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// A mark under a part of one file.
struct Mark<'a> {
    file: &'a str,
    span: Span,
    label: Option<&'a str>,
    kind: AnnotationKind,
}

fn report<'a>(diagnostic: &'a Diagnostic, map: &'a SourceMap) -> Group<'a> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code());
    let mut group = Group::with_title(title);
    for excerpt in excerpts(diagnostic, map) {
        group = match map.get(excerpt[0].file) {
            Some(source) if !source.text().is_empty() => group.element(snippet(source, &excerpt)),
            _ => group.element(Origin::path(excerpt[0].file)),
        };
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

/// The marks of a diagnostic, its own first, those that lie close together in one excerpt.
fn excerpts<'a>(diagnostic: &'a Diagnostic, map: &SourceMap) -> Vec<Vec<Mark<'a>>> {
    let own =
        Mark { file: &diagnostic.file, span: diagnostic.span, label: None, kind: AnnotationKind::Primary };
    let mut excerpts: Vec<Vec<Mark<'a>>> = vec![vec![own]];
    for label in &diagnostic.labels {
        let mark = Mark {
            file: &label.file,
            span: label.span,
            label: Some(&label.text),
            kind: AnnotationKind::Context,
        };
        let near = excerpts.iter_mut().find(|excerpt| {
            excerpt.iter().any(|other| other.file == mark.file && is_near(map, &mark, other.span))
        });
        match near {
            Some(excerpt) => excerpt.push(mark),
            None => excerpts.push(vec![mark]),
        }
    }
    excerpts
}

fn is_near(map: &SourceMap, mark: &Mark<'_>, other: Span) -> bool {
    let line = |span: Span| map.get(mark.file).map_or(0, |source| source.line_of(span.start));
    line(mark.span).abs_diff(line(other)) <= FAR
}

/// The lines that hold the marks. Spans are cut to what is there: the renderer panics otherwise.
fn snippet<'a>(source: &'a SourceText, marks: &[Mark<'a>]) -> Snippet<'a, Annotation<'a>> {
    let spans: Vec<Span> = marks.iter().map(|mark| source.clamp(mark.span)).collect();
    let first = spans.iter().map(|span| source.line_of(span.start)).min().unwrap_or_default();
    let last = spans.iter().map(|span| source.line_of(span.end)).max().unwrap_or(first);
    let (begin, end) = (source.line_start(first), source.line_start(last + 1));
    let annotations = marks
        .iter()
        .zip(spans)
        .map(|(mark, span)| mark.kind.span(span.start - begin..span.end - begin).label(mark.label));
    Snippet::source(&source.text()[begin..end])
        .path(marks[0].file)
        .line_start(first + 1)
        .fold(true)
        .annotations(annotations.collect::<Vec<_>>())
}
