"""The admin API's own page: its description as one HTML document that needs no network and no script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --link: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --link: #7aa2ff; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 62rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
a { color: var(--link); } code, pre { font: 14px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .7rem; border-radius: 6px; overflow-x: auto; white-space: pre-wrap; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .7rem; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 4.5rem; }
summary span { opacity: .75; } table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--soft); }
nav a { margin-right: 1rem; }
"""
Described = Mapping[str, Any]


def page(described: Described) -> str:
    """The page of an OpenAPI description."""
    groups: dict[str, list[str]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["Other"])[0]
            groups.setdefault(tag, []).append(_operation(described, method.upper(), path, operation))
    links = " ".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in [*groups, "Schemas"])
    title = escape(described["info"]["title"])
    sections = "".join(f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(rows)}' for tag, rows in groups.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{_text(described['info'].get('description', ''))}</p>"
        f"<nav>{links}</nav><p>The same for programs: <a href='/admin/openapi.json'>/admin/openapi.json</a>.</p>"
        f"<p>The examples take the address and the key from the environment:</p>"
        f"<pre>export CONDUIT=http://127.0.0.1:7878\nexport CONDUIT_KEY=$(conduit-desktop master-key --reveal)</pre>"
        f"{sections}{_schemas(described)}</body></html>"
    )


def _operation(described: Described, method: str, path: str, operation: Described) -> str:
    told = operation.get("description") or operation.get("summary", "")
    parts = [f"<p>{_text(told)}</p>", f"<pre>{escape(_curl(described, method, path, operation))}</pre>"]
    if rows := list(_parameters(described, operation)):
        parts.append(_table(("Parameter", "In", "Type", "About"), rows))
    if asked := _content(operation.get("requestBody", {})):
        parts.append(f"<p>Body: {_type(asked)}</p>")
    answers = [
        (status, _type(_content(answer)) or "–", _text(answer.get("description", "")))
        for status, answer in operation.get("responses", {}).items()
    ]
    parts.append(_table(("Status", "Body", "About"), answers))
    summary = escape(operation.get("summary", ""))
    return (
        f"<details><summary><b>{method}</b> <code>{escape(path)}</code> <span>{summary}</span></summary>"
        f"{''.join(parts)}</details>"
    )


def _parameters(described: Described, operation: Described) -> Iterator[tuple[str, ...]]:
    for each in operation.get("parameters", ()):
        name = f"<code>{escape(each['name'])}</code>" + (" *" if each.get("required") else "")
        about = each.get("description") or each.get("schema", {}).get("description", "")
        yield name, escape(each["in"]), _type(each.get("schema", {})), _text(about)


def _curl(described: Described, method: str, path: str, operation: Described) -> str:
    lines = [f'curl -X {method} "$CONDUIT{path}"' if method != "GET" else f'curl "$CONDUIT{path}"']
    lines.append('-H "Authorization: Bearer $CONDUIT_KEY"')
    if asked := _content(operation.get("requestBody", {})):
        example = json.dumps(_example(described, asked), ensure_ascii=False)
        lines += ['-H "Content-Type: application/json"', f"-d '{example}'"]
    return " \\\n  ".join(lines)


def _schemas(described: Described) -> str:
    parts = ['<h2 id="Schemas">Schemas</h2>']
    for name, schema in sorted(described.get("components", {}).get("schemas", {}).items()):
        rows = [
            (
                f"<code>{escape(field)}</code>" + (" *" if field in schema.get("required", ()) else ""),
                _type(told),
                _text(told.get("description", "")),
            )
            for field, told in schema.get("properties", {}).items()
        ]
        body = _table(("Field", "Type", "About"), rows) if rows else f"<p>{_type(schema)}</p>"
        about = f"<p>{_text(schema.get('description', ''))}</p>"
        parts.append(f'<details id="{escape(name)}"><summary><b>{escape(name)}</b></summary>{about}{body}</details>')
    return "".join(parts)


def _content(part: Described) -> Described:
    for content in part.get("content", {}).values():
        found: Described = content.get("schema", {})
        return found
    return {}


def _type(schema: Described) -> str:
    """A schema in a few words, HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    if kinds := schema.get("anyOf") or schema.get("allOf") or schema.get("oneOf"):
        return " or ".join(_type(each) for each in kinds)
    if "enum" in schema or "const" in schema:
        return ", ".join(f"<code>{escape(str(each))}</code>" for each in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_type(schema['additionalProperties'])}"
    bounds = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    return escape(" ".join([kind, *([f"({', '.join(bounds)})"] if bounds else [])]))


_BOUNDS = {"minimum": "from", "maximum": "to", "maxLength": "up to", "maxItems": "up to"}


def _example(described: Described, schema: Described, depth: int = 0) -> Any:
    """A small value that the schema takes: its required fields, or one that may be given."""
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    if examples := schema.get("examples"):
        return examples[0]
    if "default" in schema:
        return schema["default"]
    if kinds := schema.get("anyOf"):
        return _example(described, kinds[0], depth)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object" if depth < 4:
            fields = schema.get("properties", {})
            wanted = schema.get("required") or list(fields)[:1]
            return {name: _example(described, fields[name], depth + 1) for name in wanted}
        case "array" | "object" as kind:
            return [] if kind == "array" else {}
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return "…"


def _table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Cells are HTML already."""
    head = "".join(f"<th>{title}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _text(text: str) -> str:
    """Text with `code` as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if at % 2 else piece for at, piece in enumerate(pieces))
