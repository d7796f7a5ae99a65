using System.Text.Encodings.Web;
using System.Text.Json;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>Policies for a secret to begin from.</summary>
internal static class PolicyTemplates
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] s_read = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"];

    /// <summary>The ARN of a user.</summary>
    public static string User(string account, string name) => $"arn:aws:iam::{account}:user/{name}";

    /// <summary>The ARN of a client.</summary>
    public static string Client(string account, string name) => $"arn:aws:iam::{account}:user/client/{name}";

    /// <summary>These may read it, beside whoever may by policies of their own.</summary>
    public static string Readers(IReadOnlyList<string> principals) => Document(new { Sid = "Readers", Effect = "Allow", Principal = new { AWS = principals }, Action = s_read, Resource = "*" });

    /// <summary>Nobody but these may read it, whatever their own policies say.</summary>
    public static string NobodyBut(IReadOnlyList<string> principals) =>
        Document(new { Sid = "NobodyElse", Effect = "Deny", NotPrincipal = new { AWS = principals }, Action = s_read[0], Resource = "*" });

    private static string Document(object statement) => JsonSerializer.Serialize(new { Version = "2012-10-17", Statement = new[] { statement } }, s_format);
}
