using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_policy_document</c>: writes a policy in IAM's JSON, and checks it.</summary>
internal sealed class PolicyDocumentDataSource : DataSource
{
    private static readonly string[] s_lists = ["actions", "not_actions", "resources", "not_resources"];

    private static readonly SchemaAttribute[] s_principal =
    [
        new("type", Presence.Required, "`AWS` for users, clients, functions and accounts; `*` for everybody.") { Type = TfType.Text, Validators = [Validators.Length(1, 64)] },
        new("identifiers", Presence.Required, "Their ARNs.") { Type = TfType.ListOf(TfType.Text) },
    ];

    private static readonly Schema s_schema = new(0, "Writes a policy in IAM's JSON and checks it as the portal would. Nothing is asked of the portal.",
    [
        new("policy_id", Presence.Optional, "An id of the document.") { Type = TfType.Text },
        new("statement", Presence.Optional, "The statements.")
        {
            IsBlock = true,
            Nesting = Nesting.List,
            Nested =
            [
                new("sid", Presence.Optional, "An id of the statement.") { Type = TfType.Text },
                new("effect", Presence.Optional, "`Allow` or `Deny`. Default `Allow`.") { Type = TfType.Text, Validators = [Validators.OneOf("Allow", "Deny")] },
                new("actions", Presence.Optional, "What is meant: `secretsmanager:…` and `secretsportal:…`.") { Type = TfType.ListOf(TfType.Text) },
                new("not_actions", Presence.Optional, "All but these.") { Type = TfType.ListOf(TfType.Text) },
                new("resources", Presence.Optional, "On which ARNs.") { Type = TfType.ListOf(TfType.Text) },
                new("not_resources", Presence.Optional, "On all but these.") { Type = TfType.ListOf(TfType.Text) },
                new("principals", Presence.Optional, "Of a resource policy: for whom.") { IsBlock = true, Nesting = Nesting.List, Nested = [.. s_principal] },
                new("not_principals", Presence.Optional, "Of a resource policy: for all but these.") { IsBlock = true, Nesting = Nesting.List, Nested = [.. s_principal] },
                new("condition", Presence.Optional, "Under which conditions; all have to hold.")
                {
                    IsBlock = true,
                    Nesting = Nesting.List,
                    Nested =
                    [
                        new("test", Presence.Required, "The operator, such as `StringEquals`.") { Type = TfType.Text },
                        new("variable", Presence.Required, "The condition key, such as `aws:SourceIp`.") { Type = TfType.Text },
                        new("values", Presence.Required, "What it is compared with.") { Type = TfType.ListOf(TfType.Text) },
                    ],
                },
            ],
        },
        new("json", Presence.Computed, "The document.") { Type = TfType.Text },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_policy_document";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override bool NeedsPortal => false;

    /// <inheritdoc/>
    public override string Example => """
        data "secretsportal_policy_document" "read_orders" {
          statement {
            actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
            resources = ["arn:aws:secretsmanager:*:*:secret:prod/orders/*"]
          }
        }
        """;

    /// <inheritdoc/>
    public override Task<TfObject> ReadAsync(ResourceCall call, TfObject config)
    {
        var statements = (config["statement"] as TfSequence)?.Items.OfType<TfObject>().ToList() ?? [];
        if (statements.Count == 0)
            throw new DiagnosticException("No statement", "A policy has at least one statement.", AttributePath.Of("policy_id"));
        var document = Write(config.Text("policy_id"), statements);
        try
        {
            PolicyDocument.Parse(document, statements.Exists(s => Any(s, "principals") || Any(s, "not_principals")));
        }
        catch (PortalException e)
        {
            throw new DiagnosticException("The portal would refuse this policy", e.Message, AttributePath.Block(null, "statement").Index(0));
        }

        return Task.FromResult(config.With("json", TfValue.Of(document)));
    }

    private static string Write(string? id, IReadOnlyList<TfObject> statements)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("Version", "2012-10-17");
            if (id is not null)
                json.WriteString("Id", id);
            json.WriteStartArray("Statement");
            foreach (var statement in statements)
                WriteStatement(json, statement);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteStatement(Utf8JsonWriter json, TfObject statement)
    {
        json.WriteStartObject();
        if (statement.Text("sid") is { } sid)
            json.WriteString("Sid", sid);
        json.WriteString("Effect", statement.Text("effect") ?? "Allow");
        WritePrincipals(json, "Principal", statement["principals"]);
        WritePrincipals(json, "NotPrincipal", statement["not_principals"]);
        foreach (var list in s_lists.Where(l => statement.Texts(l) is { Count: > 0 }))
            WriteList(json, list switch { "actions" => "Action", "not_actions" => "NotAction", "resources" => "Resource", _ => "NotResource" }, statement.Texts(list)!);
        if (Any(statement, "condition"))
            WriteConditions(json, ((TfSequence)statement["condition"]).Items.OfType<TfObject>());
        json.WriteEndObject();
    }

    private static void WritePrincipals(Utf8JsonWriter json, string name, TfValue principals)
    {
        if (principals is not TfSequence { Items.Length: > 0 } list)
            return;
        var all = list.Items.OfType<TfObject>().ToList();
        if (all.Exists(p => p.Text("type") == "*"))
        {
            json.WriteString(name, "*");
            return;
        }

        json.WriteStartObject(name);
        foreach (var group in all.GroupBy(p => p.Text("type")!, StringComparer.Ordinal))
            WriteList(json, group.Key, [.. group.SelectMany(p => p.Texts("identifiers") ?? [])]);
        json.WriteEndObject();
    }

    private static void WriteConditions(Utf8JsonWriter json, IEnumerable<TfObject> conditions)
    {
        json.WriteStartObject("Condition");
        foreach (var test in conditions.GroupBy(c => c.Text("test")!, StringComparer.Ordinal))
        {
            json.WriteStartObject(test.Key);
            foreach (var variable in test.GroupBy(c => c.Text("variable")!, StringComparer.Ordinal))
                WriteList(json, variable.Key, [.. variable.SelectMany(c => c.Texts("values") ?? [])]);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 1)
        {
            json.WriteString(name, texts[0]);
            return;
        }

        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static bool Any(TfObject statement, string list) => statement[list] is TfSequence { Items.Length: > 0 };
}
