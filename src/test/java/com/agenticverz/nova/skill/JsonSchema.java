package com.agenticverz.nova.skill;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.util.List;

/** A JSON Schema (2020-12), as a validator that is not Nova's understands it. */
final class JsonSchema {

    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaRegistryConfig(
                    SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));

    private final Schema schema;

    private JsonSchema(Schema schema) {
        this.schema = schema;
    }

    static JsonSchema of(String text) {
        return new JsonSchema(SCHEMAS.getSchema(text));
    }

    /** The schema of schemas. */
    static JsonSchema ofSchemas() {
        return new JsonSchema(SCHEMAS.getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema")));
    }

    /** What is wrong with a value. */
    List<Error> problems(String json) {
        return schema.validate(json, InputFormat.JSON);
    }
}
