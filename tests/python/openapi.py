"""Checks an OpenAPI description and answers against it: `{"document": ..., "answers": [[schema, instance], ...]}` on
stdin; what is wrong, as a JSON list of sentences."""

import json
import sys

from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

given = json.load(sys.stdin)
document = given["document"]
wrong = [f"document: {error.message} at {list(error.path)}" for error in OpenAPIV31SpecValidator(document).iter_errors()]
for name, instance in given["answers"]:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    validator = OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER)
    wrong += [f"{name}: {error.message} at {list(error.path)}" for error in validator.iter_errors(instance)]
print(json.dumps(wrong))
