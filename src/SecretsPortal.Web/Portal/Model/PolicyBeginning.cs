using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>A policy to begin from.</summary>
/// <param name="Name">What it is called in the list.</param>
/// <param name="Document">Its document.</param>
internal sealed record PolicyBeginning(string Name, string Document)
{
    /// <summary>Those that are offered.</summary>
    public static IReadOnlyList<PolicyBeginning> All =>
    [
        new(AccessText.TemplateRead, Statement("ReadOrders", "Allow", ["GetSecretValue", "DescribeSecret"], "arn:aws:secretsmanager:*:*:secret:prod/orders/*")),
        new(AccessText.TemplateTeam, Statement(
            "OwnTeam", "Allow", ["GetSecretValue", "PutSecretValue", "DescribeSecret", "UpdateSecret"], "*", """{ "StringEquals": { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } }""")),
        new(AccessText.TemplateRotate, Statement("Rotate", "Allow", ["RotateSecret", "CancelRotateSecret", "DescribeSecret"], "arn:aws:secretsmanager:*:*:secret:prod/*")),
        new(AccessText.TemplateLook, Statement("Look", "Allow", ["ListSecrets", "DescribeSecret", "ListSecretVersionIds"], "*")),
        new(AccessText.TemplateInside, Statement(
            "NotFromOutside", "Deny", ["GetSecretValue"], "arn:aws:secretsmanager:*:*:secret:prod/*", """{ "NotIpAddress": { "aws:SourceIp": ["10.0.0.0/8"] } }""")),
    ];

    private static string Statement(string sid, string effect, string[] operations, string resource, string? condition = null) => $$"""
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "{{sid}}",
              "Effect": "{{effect}}",
              "Action": [{{string.Join(", ", operations.Select(operation => $"\"secretsmanager:{operation}\""))}}],
              "Resource": "{{resource}}"{{(condition is null ? "" : $",\n      \"Condition\": {condition}")}}
            }
          ]
        }
        """;
}
