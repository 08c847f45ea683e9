//! Tests of the whole module: the language, its strictness, its bounds, and what conditions mean.

#![expect(clippy::disallowed_methods, reason = "a test that takes long has failed")]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn scope() -> Value {
    json!({
        "steps": { "build": { "status": "done", "outputs": { "image": "a:1", "count": 3, "nothing": null } } },
        "items": [1, 2, 3],
        "tasks": [{ "id": "A", "hours": 2, "done": true }, { "id": "B", "hours": 5, "done": false }],
        "text": "logs/Old File.log",
        "yes": true,
        "when": "2026-01-09T09:00:00Z",
    })
}

fn eval(source: &str) -> Value {
    let expr = Expr::parse(source).unwrap_or_else(|error| panic!("{source}: {error:?}"));
    expr.eval(&scope()).unwrap_or_else(|error| panic!("{source}: {error:?}"))
}

fn fails(source: &str) -> ExprError {
    match Expr::parse(source) {
        Ok(expr) => expr.eval(&scope()).expect_err(source),
        Err(error) => error,
    }
}

#[test]
fn the_language() {
    let table = [
        ("1 + 2 * 3", json!(7)),
        ("7 / 2", json!(3.5)),
        ("-7 // 2", json!(-4)),
        ("-7 % 3", json!(2)),
        ("7 % -3", json!(-2)),
        ("7 // -2", json!(-4)),
        ("2 ** 10", json!(1024)),
        ("1 == 1.0", json!(true)),
        ("'a' ~ 1 ~ true", json!("a1true")),
        ("steps.build.status == 'done' and yes", json!(true)),
        ("steps['build'].outputs['count'] > 2", json!(true)),
        ("1 < 2 < 3", json!(true)),
        ("3 not in items", json!(false)),
        ("'a' if yes else 'b'", json!("a")),
        ("items[-1]", json!(3)),
        ("items[1:]", json!([2, 3])),
        ("text[:4]", json!("logs")),
        ("nope is defined", json!(false)),
        ("steps.nope.deeper is defined", json!(false)),
        ("steps.nope.deeper | default('x')", json!("x")),
        ("steps.build.outputs.nothing | default('x')", json!(null)),
        ("steps.build.outputs.nothing | default('x', true)", json!("x")),
        ("items | length", json!(3)),
        ("text | upper", json!("LOGS/OLD FILE.LOG")),
        ("text | basename", json!("Old File.log")),
        ("text | dirname", json!("logs")),
        ("text | stem", json!("Old File")),
        ("text | slug", json!("logs-old-file-log")),
        ("'/' | dirname", json!("/")),
        ("'.env' | stem", json!(".env")),
        ("tasks | map(attribute='id') | join(', ')", json!("A, B")),
        ("tasks | selectattr('done') | map('id') | first", json!("A")),
        ("tasks | rejectattr('hours', 'lt', 5) | map('id')", json!(["B"])),
        ("tasks | sum('hours')", json!(7)),
        ("tasks | max('hours') | tojson", json!(r#"{"id":"B","hours":5,"done":false}"#)),
        ("[3, 1, 2] | sort", json!([1, 2, 3])),
        ("[3, 1, 2] | sort(reverse=true)", json!([3, 2, 1])),
        ("[1, 1.0, 2, 'a', 'a'] | unique", json!([1, 2, "a"])),
        ("{'b': 1, 'a': 2} | items", json!([["b", 1], ["a", 2]])),
        ("'a,b' | split(',')", json!(["a", "b"])),
        ("'aXbX' | replace('X', '--')", json!("a--b--")),
        ("'abcdef' | truncate(4)", json!("abc…")),
        ("' 42 ' | int + 1", json!(43)),
        ("'2.5' | float", json!(2.5)),
        ("2.567 | round(1)", json!(2.6)),
        ("9000 | duration", json!("2h30m")),
        ("0 | duration", json!("0s")),
        ("when | date", json!("2026-01-09")),
        ("when | date('%Y-%m-%d %H:%M', 'Asia/Tokyo')", json!("2026-01-09 18:00")),
        ("text is startingwith('logs/')", json!(true)),
        ("text is matching('(?i)old.*\\\\.log$')", json!(true)),
        ("2 is in [1, 2]", json!(true)),
    ];
    for (source, expected) in table {
        assert_eq!(eval(source), expected, "{source}");
    }
}

#[test]
fn what_is_not_known_is_an_error_with_its_place_and_the_nearest_name() {
    let table = [
        ("stps.build", "`stps` is not known", "stps", "did you mean `steps`?"),
        ("1 + steps.biuld.status", "`steps` has no `biuld`", "steps.biuld", "did you mean `build`?"),
        (
            "steps.build.outputs.zzzzzz",
            "`steps.build.outputs` has no `zzzzzz`",
            "steps.build.outputs.zzzzzz",
            "known here: `image`, `count`, `nothing`",
        ),
        ("text.length", "`text` is a text, and has no `length`", "text.length", ""),
        ("text | uper", "the filter `uper` is not known", "uper", "did you mean `upper`?"),
        ("text is definde", "the test `definde` is not known", "definde", "did you mean `defined`?"),
        ("items[9]", "there is no such item; the list has 3", "items[9]", ""),
        ("yes and text < 3", "cannot say whether a text is more than a number", "text < 3", "turn the text"),
        ("1 if false", "it has no value when the condition does not hold", "1 if false", "add `else`"),
        ("range(3)", "a call cannot be used here", "range(3)", "there are no functions"),
        ("text.upper()", "a call cannot be used here", "text.upper()", "is there a filter, `| upper`?"),
        (
            "secrets.TOKEN == 'x'",
            "a secret cannot be part of an expression",
            "secrets.TOKEN",
            "write it alone",
        ),
        ("1 / 0", "cannot divide by zero", "1 / 0", ""),
        ("9223372036854775807 * 4", "the result is too large", "9223372036854775807 * 4", ""),
        ("'a' * 3", "cannot calculate with a text and a number", "'a' * 3", ""),
    ];
    for (source, message, place, help) in table {
        let error = fails(source);
        assert_eq!(error.message, message, "{source}");
        assert_eq!(&source[error.range.clone().unwrap()], place, "{source}");
        assert!(error.help.clone().unwrap_or_default().contains(help), "{source}: {:?}", error.help);
    }
    assert_eq!(fails("a b").range, Some(2..3));
    assert!(fails("(1").range.is_some());
    assert!(fails("").message.contains("empty"));
}

#[test]
fn a_condition_is_no_text() {
    let test = |source: &str| Expr::parse(source).unwrap().test(&scope());
    assert!(test("items").unwrap());
    assert!(!test("steps.build.outputs.nothing").unwrap());
    assert!(test("text").unwrap_err().help.unwrap().contains("== 'true'"));
}

#[test]
fn references_resolve_constant_subscripts_and_leave_out_what_the_template_names() {
    let paths = |references: Vec<Reference>| references.iter().map(ToString::to_string).collect::<Vec<_>>();
    let expr = Expr::parse("steps['build'].outputs.image ~ steps[name].x + items[0] is defined").unwrap();
    assert_eq!(paths(expr.references()), ["steps.build.outputs.image", "name", "steps", "items.0"]);
    let source =
        "{% set a = x.y %}{% for i, t in items if t.ok %}{{ i.b ~ loop.index ~ c.d }}{% endfor %}{{ a ~ i }}";
    let template = Template::parse(source, Sink::Plain).unwrap();
    assert_eq!(paths(template.references()), ["x.y", "items", "c.d", "i"]);
    let range = template.references_with_ranges()[0].1.clone();
    assert_eq!(&source[range], "x.y");
}

fn render(source: &str, sink: Sink) -> Result<String, ExprError> {
    Template::parse(source, sink)?.render(&scope())
}

#[test]
fn templates() {
    let table = [
        ("", ""),
        ("no values\n", "no values\n"),
        ("{{ items | length }} files\n", "3 files\n"),
        (
            "{% for t in tasks %}\n- {{ t.id }}: {{ loop.index }}\n{% else %}none{% endfor %}\nend",
            "- A: 1\n- B: 2\nend",
        ),
        ("{% if yes %}a{% elif yes %}b{% else %}c{% endif %}", "a"),
        ("{% for k, v in {'a': 1} | items %}{{ k }}={{ v }}{% endfor %}", "a=1"),
        ("{# note #}x", "x"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{% set n = 2 %}{{ n + 1 }}", "3"),
    ];
    for (source, expected) in table {
        assert_eq!(render(source, Sink::Plain).unwrap(), expected, "{source}");
    }
    for source in [
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% macro x() %}{% endmacro %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% filter upper %}x{% endfilter %}",
        "{% set x %}y{% endset %}",
        "{% with a = 1 %}{% endwith %}",
        "{% autoescape false %}{% endautoescape %}",
        "{% do x() %}",
        "{% for x in y recursive %}{% endfor %}",
        "{{ x",
        "{% if x %}",
        "{{ }}",
        "{{ x | safe }}",
    ] {
        let error = Template::parse(source, Sink::Plain).expect_err(source);
        assert!(error.range.is_some(), "{source}");
    }
    let shell = Template::parse("{% if x %}a{% endif %}", Sink::Shell).unwrap_err();
    assert!(shell.help.unwrap().contains("the shell's own `if`"));
    assert_eq!(render("echo ${#a} ${a%b} {{ yes }}", Sink::Shell).unwrap(), "echo ${#a} ${a%b} 'true'");
    assert!(render("{{ steps.build.outputs.nothing }}", Sink::Plain).unwrap_err().message.contains("none"));
    assert!(render("{{ items }}", Sink::Plain).unwrap_err().help.unwrap().contains("join"));
    assert!(Template::parse("x", Sink::Plain).unwrap().is_literal());
    let value = |source| Template::parse(source, Sink::Plain).unwrap().value(&scope()).unwrap();
    assert_eq!(value("{{ items }}"), json!([1, 2, 3]));
    assert_eq!(value("{{ items[0] }}"), json!(1));
    assert_eq!(value(" {{ items[0] }}"), json!(" 1"));
}

#[test]
fn sources_made_to_blow_up_are_refused_at_once() {
    let long = |piece: &str, times: usize| piece.repeat(times);
    let bombs = [
        format!("{}true", long("not ", 1000)),
        format!("1{}", long("+1", 2000)),
        format!("{}1", long("-", 4000)),
        format!("a{}", long(".b", 2000)),
        format!("a{}", long("[0]", 1300)),
        format!("{}1{}", long("(", 2000), long(")", 2000)),
        format!("{}1{}", long("[", 2000), long("]", 2000)),
        format!("{}1", long("1 if 1 else ", 300)),
        format!("'a'{}", long("|upper", 600)),
        format!("text{}", long("~text", 190)),
        "x".repeat(5000),
        "'a' * 1000000000".into(),
        "(('aaaaaaaaaa' | replace('a', 'bbbbbbbbbbbbbbbbbbbb')) | replace('b', text)) * 2".into(),
        "2 ** 100000".into(),
        "10 ** 308 * 10.0 ** 308".into(),
        "text is matching('(a{1000}){1000}')".into(),
        "when | date('%999999999d')".into(),
        "big | replace('a', big)".into(),
        format!("big{}", long(" ~ big", 200)),
        "[big, big, big, big, big, big, big, big] | join(big)".into(),
    ];
    let scope = json!({ "big": "a".repeat(1 << 20), "text": "a", "when": "2026-01-09T09:00:00Z", "a": {} });
    for bomb in bombs {
        let start = Instant::now();
        let result = Expr::parse(&bomb).and_then(|expr| expr.eval(&scope));
        let shown = &bomb[..bomb.len().min(40)];
        assert!(result.is_err() || bomb.starts_with("text~"), "{shown}");
        assert!(start.elapsed() < Duration::from_secs(2), "{shown}: {:?}", start.elapsed());
    }
}

#[test]
fn templates_made_to_blow_up_are_refused_at_once() {
    let doubled = "{% set a = a ~ a %}".repeat(60);
    let nested = "{% set a = [a, a] %}".repeat(60);
    let bombs = [
        format!("{{% set a = 'aaaaaaaa' %}}{doubled}"),
        format!("{{% set a = 1 %}}{nested}{{{{ a | tojson }}}}"),
        "{% for a in l %}{% for b in l %}{% for c in l %}{% for d in l %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}".into(),
        "{% for a in l %}{{ big }}{% endfor %}".into(),
        format!("{}x{}", "{% if 1 %}".repeat(400), "{% endif %}".repeat(400)),
        format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(4000)),
        format!("{{{{ {}1 }}}}", "not ".repeat(5000)),
        format!("{{{{ '{{{{' {}1 }}}}", "~ '{{' ~ ".repeat(3000)),
        "x{{ 1 }}".repeat(20_000),
        "{% if 1 %}{% endif %}".repeat(1000),
    ];
    let scope = json!({ "l": (0..100).collect::<Vec<_>>(), "big": "a".repeat(1 << 18) });
    for bomb in bombs {
        let start = Instant::now();
        let result = Template::parse(&bomb, Sink::Plain).and_then(|template| template.render(&scope));
        let shown = &bomb[..bomb.len().min(40)];
        assert!(result.is_err(), "{shown}");
        assert!(start.elapsed() < Duration::from_secs(8), "{shown}: {:?}", start.elapsed());
    }
}

#[test]
fn secrets_are_marks_until_the_end_and_nothing_else_can_be_one() {
    let scope = json!({ "secrets": { "TOKEN": secret_mark("TOKEN") }, "evil": secret_mark("TOKEN") });
    let template = Template::parse("Bearer {{ secrets.TOKEN }}{{ evil }}", Sink::Header).unwrap();
    assert_eq!(template.references()[0].to_string(), "secrets.TOKEN");
    let text = template.render(&scope).unwrap();
    assert_eq!(show_secrets(&text), "Bearer {{ secrets.TOKEN }}\u{fffd}TOKEN\u{fffd}");
    let fill = |name: &str| if name == "TOKEN" { Ok("s3cret".to_owned()) } else { Err(format!("no {name}")) };
    assert_eq!(fill_secrets(&text, &fill).unwrap(), "Bearer s3cret\u{fffd}TOKEN\u{fffd}");
    assert_eq!(fill_secrets(&secret_mark("OTHER"), &fill), Err("no OTHER".into()));
    let value = |source| Template::parse(source, Sink::Plain).unwrap().value(&scope).unwrap();
    assert_eq!(value("{{ secrets['TOKEN'] }}"), json!(secret_mark("TOKEN")));
    assert_eq!(value("{{ {evil: [evil]} }}"), json!({ "\u{fffd}TOKEN\u{fffd}": ["\u{fffd}TOKEN\u{fffd}"] }));
    for source in [
        "{{ secrets.TOKEN | upper }}",
        "{{ secrets }}",
        "{% if yes %}{{ secrets.TOKEN }}{% endif %}",
        "{% set secrets = evil %}",
    ] {
        assert!(Template::parse(source, Sink::Plain).is_err(), "{source}");
    }
    for sink in [Sink::Shell, Sink::Json, Sink::Markdown, Sink::Html, Sink::Slack, Sink::UrlPart] {
        assert!(Template::parse("a {{ secrets.TOKEN }}", sink).is_err(), "{sink:?}");
    }
    assert!(Template::parse(&secret_mark("TOKEN"), Sink::Plain).is_err());
}

#[test]
fn places_that_cannot_be_quoted_are_refused() {
    let table = [
        (Sink::Json, "{\"a\": \"\\{{ yes }}\"}"),
        (Sink::Json, "{\"a\": 1{{ items[0] }}}"),
        (Sink::Json, "[{{ yes }}2]"),
        (Sink::Json, "[{{ yes }}{{ yes }}]"),
        (Sink::Html, "<script>{{ text }}</script>"),
        (Sink::Html, "<style>{{ text }}</style>"),
        (Sink::Html, "<p onclick=\"{{ text }}\">"),
        (Sink::Html, "<p class={{ text }}>"),
        (Sink::Html, "<p {{ text }}>"),
        (Sink::Html, "<{{ text }}>"),
        (Sink::Html, "<!-- {{ text }} -->"),
        (Sink::Html, "<a style='{{ text }}'>"),
        (Sink::Markdown, "`{{ text }}`"),
        (Sink::Markdown, "``` {{ text }}\n"),
        (Sink::Markdown, "<!-- {{ text }} -->"),
        (Sink::Markdown, "<a href=\"{{ text }}\">"),
        (Sink::Markdown, "\\{{ text }}"),
        (Sink::Markdown, "    {{ text }}"),
        (Sink::Markdown, "[a]: {{ text }}"),
        (Sink::Markdown, "> ```\n> {{ text }}\n> ```"),
        (Sink::Slack, "<!{{ text }}>"),
        (Sink::Slack, "<!subteam^{{ text }}>"),
    ];
    for (sink, source) in table {
        let error = Template::parse(source, sink).expect_err(source);
        assert!(error.help.is_some(), "{source}");
    }
    for (sink, source) in [
        (Sink::Html, "<a href=\"{{ text }}\">x</a>"),
        (Sink::Markdown, "[x]({{ text }})"),
        (Sink::Slack, "<{{ text }}|x>"),
        (Sink::Slack, "<@{{ text }}>"),
    ] {
        let template = Template::parse(source, sink).unwrap_or_else(|error| panic!("{source}: {error}"));
        for bad in ["javascript:alert(1)", "data:x", " javascript:x", "!channel", ""] {
            assert!(template.render(&json!({ "text": bad })).is_err(), "{source} {bad}");
        }
    }
    assert!(Template::parse("{\"a\": {{ yes }}, \"b\": \"{{ yes }}{{ yes }}\"}", Sink::Json).is_ok());
    assert!(Template::parse("nonsense {{ yes }}", Sink::Json).is_err());
    assert!(render("{\"a\" {{ yes }}}", Sink::Json).is_err());
    assert_eq!(
        render("[x](https://a/{{ text }})", Sink::Markdown).unwrap(),
        "[x](https://a/logs/Old%20File.log)"
    );
    assert_eq!(
        render("---\ntitle: {{ text }}\n---\n", Sink::Markdown).unwrap(),
        "---\ntitle: \"logs/Old File.log\"\n---\n"
    );
}

#[test]
fn a_refused_place_of_a_script_says_where_and_what_to_do() {
    let source = "echo \"hello {{ text }}\"";
    let error = Template::parse(source, Sink::Shell).unwrap_err();
    assert_eq!(&source[error.range.unwrap()], "text");
    assert_eq!(error.help.unwrap(), "remove the quotes around it; orch quotes it");
    let github = Template::parse("echo ${{ text }}", Sink::Shell).unwrap_err();
    assert!(github.message.contains("GitHub Actions"));
}

#[test]
fn conditions_that_never_hold() {
    let table = [
        ("false", true),
        ("1 > 2", true),
        ("x > 5 and x < 3", true),
        ("x > 5 and x <= 5", true),
        ("x >= 5 and x <= 5", false),
        ("x == 'a' and x == 'b'", true),
        ("x == 'a' and y == 'b'", false),
        ("x == 1 and not x == 1", true),
        ("x == 1 and x != 1.0", true),
        ("x in ['a'] and x == 'b'", true),
        ("x in ['a', 'b'] and x == 'b'", false),
        ("x in []", true),
        ("(x > 5 and x < 3) or y", false),
        ("(x > 5 and x < 3) or false", true),
        ("y and (x > 5 and z and 3 > x)", true),
        ("x == 4 and x > 5", true),
        ("x == 6 and x > 5", false),
        ("x.a == 1 and x['a'] == 2", false),
        ("x and not x", true),
        ("5 < x < 3", true),
        ("3 < x < 5", false),
        ("x == 'a' and x > 3", true),
        ("not (x > 5) and x > 7", true),
        ("x > 'b' and x < 3", true),
        ("x", false),
        ("x in ['a'] and x not in ['a']", true),
        ("not x in ['a'] and x == 'a'", true),
    ];
    for (source, expected) in table {
        let reason = never_holds(&Expr::parse(source).unwrap(), &|_| None);
        assert_eq!(reason.is_some(), expected, "{source}: {reason:?}");
    }
    let said = never_holds(&Expr::parse("event.x > 5 and event.x < 3").unwrap(), &|_| None).unwrap();
    assert_eq!(said, "`event.x` cannot be `> 5` and `< 3` at once");
}

/// Small values that collide often.
fn small() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-1i64..4).prop_map(Value::from),
        prop_oneof![Just(0.5), Just(1.0), Just(2.5)].prop_map(Value::from),
        prop_oneof![Just("a"), Just("b"), Just("it's \"\\{{ }}\n"), Just("")].prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let operator = prop_oneof![
        Just(Operator::Eq),
        Just(Operator::Ne),
        Just(Operator::Lt),
        Just(Operator::Le),
        Just(Operator::Gt),
        Just(Operator::Ge),
        Just(Operator::In),
        Just(Operator::NotIn),
        Just(Operator::Contains),
        Just(Operator::Exists),
    ];
    let field = prop_oneof![Just("x"), Just("y"), Just("m.a"), Just("m['b c']"), Just("nope")];
    let leaf = (field, operator, small(), prop::collection::vec(small(), 0..3)).prop_map(
        |(field, operator, one, list)| {
            let value = match operator {
                Operator::In | Operator::NotIn => list.into(),
                Operator::Exists => Value::Bool(one.is_string()),
                _ => one,
            };
            Condition::Compare { field: field.into(), operator, value }
        },
    );
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::All),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

/// What a condition means, said without expressions. None: it fails.
fn meaning(condition: &Condition, scope: &Value) -> Option<bool> {
    match condition {
        Condition::Expr(expr) => expr.test(scope).ok(),
        Condition::All(all) => {
            for one in all {
                if !meaning(one, scope)? {
                    return Some(false);
                }
            }
            Some(true)
        }
        Condition::Any(any) => {
            for one in any {
                if meaning(one, scope)? {
                    return Some(true);
                }
            }
            Some(false)
        }
        Condition::Not(one) => meaning(one, scope).map(|holds| !holds),
        Condition::Compare { field, operator, value } => {
            let found = match field.as_str() {
                "m.a" => scope["m"].get("a"),
                "m['b c']" => scope["m"].get("b c"),
                other => scope.get(other),
            };
            let same = |one: &Value, other: &Value| match (one.as_f64(), other.as_f64()) {
                (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
                _ => one == other,
            };
            if *operator == Operator::Exists {
                return Some(found.is_some_and(|found| !found.is_null()) == value.as_bool()?);
            }
            let found = found?;
            let order = || match (found, value) {
                (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
                (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
                _ => found.as_f64()?.partial_cmp(&value.as_f64()?),
            };
            match operator {
                Operator::Eq => Some(same(found, value)),
                Operator::Ne => Some(!same(found, value)),
                Operator::Lt => order().map(std::cmp::Ordering::is_lt),
                Operator::Le => order().map(std::cmp::Ordering::is_le),
                Operator::Gt => order().map(std::cmp::Ordering::is_gt),
                Operator::Ge => order().map(std::cmp::Ordering::is_ge),
                Operator::In => Some(value.as_array()?.iter().any(|one| same(one, found))),
                Operator::NotIn => Some(!value.as_array()?.iter().any(|one| same(one, found))),
                Operator::Contains => Some(found.as_str()?.contains(value.as_str()?)),
                Operator::Matches | Operator::Exists => None,
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn structured_conditions_mean_what_their_expressions_mean(
        condition in condition(), x in small(), y in small(), a in small(), b in small(),
    ) {
        let scope = json!({ "x": x, "y": y, "m": { "a": a, "b c": b } });
        let expr = condition.to_expr().unwrap();
        prop_assert_eq!(expr.test(&scope).ok(), meaning(&condition, &scope), "{}", expr.source());
    }

    #[test]
    fn what_never_holds_never_does(condition in condition(), values in prop::collection::vec(small(), 24)) {
        let expr = condition.to_expr().unwrap();
        if let Some(reason) = never_holds(&expr, &|_| None) {
            for some in values.windows(4) {
                let scope = json!({ "x": some[0], "y": some[1], "m": { "a": some[2], "b c": some[3] }, "nope": some[0] });
                prop_assert_ne!(expr.test(&scope), Ok(true), "{}: {}", expr.source(), reason);
            }
        }
    }

    #[test]
    fn no_source_makes_it_panic(source in "[a-c(){}\\[\\]|%#'\"\\\\~+*/<>=.,: \n0-9é-]{0,40}|\\{\\{.{0,20}\\}\\}.{0,20}") {
        let scope = json!({ "a": [1, "x", null], "b": { "c": "text" }, "c": 2.5 });
        if let Ok(expr) = Expr::parse(&source) {
            let _ = expr.eval(&scope);
            let _ = never_holds(&expr, &|_| None);
        }
        for sink in [Sink::Plain, Sink::Shell, Sink::Json, Sink::Markdown, Sink::Html, Sink::Slack, Sink::Header, Sink::UrlPart] {
            for text in [source.clone(), format!("{source}{{{{ b.c }}}}{source}")] {
                match Template::parse(&text, sink) {
                    Ok(template) => { let _ = template.render(&scope); }
                    Err(error) => if let Some(range) = error.range {
                        prop_assert!(text.get(range).is_some());
                    },
                }
            }
        }
    }
}

#[test]
fn conditions_are_checked_when_they_are_compiled() {
    let compare = |field: &str, operator, value| {
        Condition::Compare { field: field.into(), operator, value }.to_expr().map_err(|error| error.message)
    };
    assert!(compare("x + 1", Operator::Eq, json!(1)).unwrap_err().contains("names no field"));
    assert!(compare("x", Operator::In, json!(1)).is_err());
    assert!(compare("x", Operator::Matches, json!("(")).unwrap_err().contains("no regular expression"));
    assert!(compare("x", Operator::Exists, json!(1)).is_err());
    assert!(compare("x", Operator::Matches, json!("^a")).unwrap().test(&json!({ "x": "ab" })).unwrap());
    let mut deep = Condition::Compare { field: "x".into(), operator: Operator::Eq, value: json!(1) };
    for _ in 0..100 {
        deep = Condition::Not(Box::new(deep));
    }
    assert!(deep.to_expr().is_err());
}

#[test]
fn what_fails_when_it_is_evaluated_names_its_part_and_what_to_do() {
    let scope = json!({ "l": [1], "event": { "type": "manual" } });
    let said = |source| Template::parse(source, Sink::Plain).unwrap().render(&scope).unwrap_err().to_string();
    assert_eq!(
        said("echo a {{ l }}"),
        "`{{ l }}`: it is a list, which has no text of its own; write `| join(', ')` or `| tojson`"
    );
    assert_eq!(
        said("echo {{ event.value }}"),
        "`{{ event.value }}`: `event` has no `value`; known here: `type`"
    );
    let test = |source| Expr::parse(source).unwrap().test(&scope).unwrap_err().to_string();
    assert_eq!(test("event.value > 3"), "`event.value`: `event` has no `value`; known here: `type`");
    assert!(test("'abc'").starts_with("`'abc'`: the condition gives a text, neither true nor false; "));
}
