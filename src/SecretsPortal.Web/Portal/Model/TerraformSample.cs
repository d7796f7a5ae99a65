using System.Globalization;
using System.Text;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A secret as the configuration that declares it with the portal's own provider. The value is a variable that Terraform never stores.</summary>
internal static class TerraformSample
{
    /// <summary>The whole configuration of one folder.</summary>
    public static string Of(CodeSubject secret, string address)
    {
        var label = LabelOf(secret.Name);
        var text = new StringBuilder($$"""
            terraform {
              required_version = ">= 1.11"
              required_providers {
                secretsportal = { source = "secrets-portal/secretsportal" }
              }
            }

            # The access key comes from SECRETSPORTAL_ACCESS_KEY_ID and SECRETSPORTAL_SECRET_ACCESS_KEY.
            provider "secretsportal" {
              endpoint = {{Quoted(address)}}
              region   = {{Quoted(secret.Region)}}
            }


            """);
        AddSecret(text, secret, label);
        if (secret.Arn is not null)
            AddImport(text, secret, label);
        else if (secret.Kind is not null)
            AddValue(text, secret, label);
        if (secret.Schedule is not null)
            AddRotation(text, secret, label);
        return text.ToString();
    }

    private static void AddSecret(StringBuilder text, CodeSubject secret, string label)
    {
        text.Append(CultureInfo.InvariantCulture, $"resource \"secretsportal_secret\" \"{label}\" {{\n");
        List<(string Name, string Value)> members = [("name", Quoted(secret.Name))];
        if (!string.IsNullOrEmpty(secret.Description))
            members.Add(("description", Quoted(secret.Description)));
        if (secret.KmsKeyId is { } key)
            members.Add(("kms_key_id", Quoted(key)));
        AddAligned(text, members);
        if (secret.Tags.Count > 0)
        {
            text.Append("  tags = {\n");
            var width = secret.Tags.Max(static tag => Quoted(tag.Key).Length);
            foreach (var tag in secret.Tags)
                text.Append(CultureInfo.InvariantCulture, $"    {Quoted(tag.Key).PadRight(width)} = {Quoted(tag.Value)}\n");
            text.Append("  }\n");
        }

        if (secret.ReplicaRegions.Count > 0 && secret.Arn is null)
        {
            text.Append("  replicas = {\n");
            AddAligned(text, [.. secret.ReplicaRegions.Select(static region => (region, "{}"))], indent: "    ");
            text.Append("  }\n");
        }
        else if (secret.ReplicaRegions.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"  # Its replicas ({string.Join(", ", secret.ReplicaRegions)}) stay as they are set in the portal, unless replicas declares them here.\n");
        }

        text.Append("}\n");
    }

    private static void AddImport(StringBuilder text, CodeSubject secret, string label) => text.Append(CultureInfo.InvariantCulture, $$"""

        # The secret is stored already: the first apply takes it over as it is. Its value stays out of Terraform.
        import {
          to = secretsportal_secret.{{label}}
          id = {{Quoted(secret.Name)}}
        }

        """);

    private static void AddValue(StringBuilder text, CodeSubject secret, string label)
    {
        text.Append(CultureInfo.InvariantCulture, $$"""

            # Neither in plan nor in state: hand it over in TF_VAR_secret_value, and raise the version to put another one.
            variable "secret_value" {
              description = {{Quoted(DescriptionOf(secret.Kind))}}
              type        = string
              sensitive   = true
              ephemeral   = true
            }

            resource "secretsportal_secret_version" "{{label}}" {
              secret_id                = secretsportal_secret.{{label}}.id
              secret_string_wo         = var.secret_value
              secret_string_wo_version = 1
            }

            """);
    }

    private static void AddRotation(StringBuilder text, CodeSubject secret, string label)
    {
        var schedule = secret.Schedule!;
        text.Append(CultureInfo.InvariantCulture, $"\nresource \"secretsportal_secret_rotation\" \"{label}\" {{\n");
        if (secret.GeneratedField is { } field)
            text.Append(secret.Arn is not null
                ? $"  # The member that is made anew, {Quoted(field)}, stays as the portal has it: the provider has no attribute for it.\n"
                : $"  # The provider has no attribute for the member that is made anew: set {Quoted(field)} in the portal.\n");
        // Of the version where there is one here: there has to be a value to rotate.
        List<(string Name, string Value)> members = [("secret_id", secret.Arn is not null ? $"secretsportal_secret.{label}.id" : $"secretsportal_secret_version.{label}.secret_id")];
        members.AddRange((RotationStrategies.Of(secret.FunctionArn), secret.FunctionArn) switch
        {
            (({ } strategy, { } engine), _) => [("strategy", Quoted(strategy)), ("engine", Quoted(engine))],
            (({ } strategy, null), _) => [("strategy", Quoted(strategy))],
            (_, { } function) => [("rotation_lambda_arn", Quoted(function))],
            _ => Array.Empty<(string, string)>(),
        });
        // It counts when the rotation is declared, which an import does not.
        members.Add(("rotate_immediately", secret.Arn is null && secret.RotatesAtOnce ? "true" : "false"));
        AddAligned(text, members);
        text.Append("\n  rotation_rules = {\n");
        List<(string Name, string Value)> rules = [schedule.AutomaticallyAfterDays is { } days
            ? ("automatically_after_days", days.ToString(CultureInfo.InvariantCulture))
            : ("schedule_expression", Quoted(schedule.Expression ?? ""))];
        if (schedule.Duration is { } duration)
            rules.Add(("duration", Quoted(duration)));
        AddAligned(text, rules, indent: "    ");
        text.Append("  }\n}\n");
        if (secret.Arn is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""

                import {
                  to = secretsportal_secret_rotation.{{label}}
                  id = {{Quoted(secret.Name)}}
                }

                """);
        }
    }

    // As terraform fmt writes it.
    private static void AddAligned(StringBuilder text, List<(string Name, string Value)> members, string indent = "  ")
    {
        var width = members.Max(static member => member.Name.Length);
        foreach (var (name, value) in members)
            text.Append(CultureInfo.InvariantCulture, $"{indent}{name.PadRight(width)} = {value}\n");
    }

    private static string DescriptionOf(SecretKind? kind) => kind switch
    {
        SecretKind.Text => "The secret's text.",
        SecretKind.KeyValue => "The secret's names and values, as JSON.",
        _ => "The database's credentials, as JSON: engine, host, port, username, password, dbname.",
    };

    /// <summary>A name for Terraform's own addresses: letters, digits and _, a letter first.</summary>
    private static string LabelOf(string name)
    {
        var label = string.Concat(name.Select(static c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_')).Trim('_');
        return label.Length == 0 ? "secret" : char.IsAsciiDigit(label[0]) ? $"secret_{label}" : label;
    }

    /// <summary>A text in quotes. In HCL <c>${</c> and <c>%{</c> would begin a template.</summary>
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        for (var i = 0; i < text.Length; i++)
        {
            var next = text[i];
            quoted.Append(next switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '$' or '%' when i + 1 < text.Length && text[i + 1] == '{' => $"{next}{next}",
                _ when char.IsControl(next) => $"\\u{(int)next:x4}",
                _ => next.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
