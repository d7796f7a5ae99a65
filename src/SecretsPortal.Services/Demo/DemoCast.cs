namespace SecretsPortal.Services.Demo;

/// <summary>The people and programs of the demonstration, and what they may.</summary>
internal static class DemoCast
{
    /// <summary>Rotates by a webhook.</summary>
    public const string PartnerFunction = "rotate-partner-api";

    /// <summary>Rotates by an endpoint that speaks as AWS Lambda does.</summary>
    public const string DirectoryFunction = "rotate-directory";

    /// <summary>A process: a few lines of Python beside the store.</summary>
    public const string SftpFunction = "rotate-sftp";

    /// <summary>The head of the platform team: most changes are hers.</summary>
    public const string Lead = "maya.okafor";

    /// <summary>Reads the log and nothing else.</summary>
    public const string Auditor = "nora.haddad";

    /// <summary>No longer there.</summary>
    public const string Former = "ext.kruger";

    /// <summary>Name, name for people, team, groups.</summary>
    public static readonly (string Name, string Display, string Team, string[] Groups)[] People =
    [
        (Lead, "Maya Okafor", "platform", ["platform", "on-call"]),
        ("jonas.weber", "Jonas Weber", "platform", ["platform", "on-call"]),
        ("priya.raman", "Priya Raman", "payments", ["payments", "on-call"]),
        ("luca.moretti", "Luca Moretti", "commerce", ["commerce"]),
        ("sofia.lind", "Sofia Lind", "commerce", ["commerce", "on-call"]),
        ("tom.becker", "Tom Becker", "logistics", ["logistics"]),
        ("ana.silva", "Ana Silva", "care", ["care"]),
        ("chen.wei", "Chen Wei", "data", ["data"]),
        (Auditor, "Nora Haddad", "audit", ["auditors"]),
        (Former, "Eva Krüger (external)", "data", []),
    ];

    /// <summary>Name, description, the policies attached to it.</summary>
    public static readonly (string Name, string Description, string[] Policies)[] Groups =
    [
        ("platform", "Runs the clusters and this portal", ["Administrator"]),
        ("payments", "Billing, ledger and taxes", ["TeamSecrets", "ProductionFromInsideOnly"]),
        ("commerce", "Shop, orders and catalogue", ["TeamSecrets", "ProductionFromInsideOnly"]),
        ("logistics", "Shipping and stock", ["TeamSecrets", "ProductionFromInsideOnly"]),
        ("care", "Support", ["TeamSecrets", "ProductionFromInsideOnly"]),
        ("data", "Warehouse and models", ["TeamSecrets", "ProductionFromInsideOnly"]),
        ("on-call", "Rotates when something is wrong", ["RotateAnything"]),
        ("auditors", "Read the log", ["Auditor"]),
    ];

    /// <summary>Name, description, document.</summary>
    public static readonly (string Name, string Description, string Document)[] Policies =
    [
        ("TeamSecrets", "All that bears the tag of one's own team", """
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Sid": "Look",
                  "Effect": "Allow",
                  "Action": ["secretsmanager:ListSecrets", "secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"],
                  "Resource": "*"
                },
                {
                  "Sid": "OwnTeam",
                  "Effect": "Allow",
                  "Action": ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret", "secretsmanager:TagResource"],
                  "Resource": "*",
                  "Condition": { "StringEquals": { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } }
                }
              ]
            }
            """),
        ("ProductionFromInsideOnly", "Production is read from inside alone", """
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Sid": "NotFromOutside",
                  "Effect": "Deny",
                  "Action": "secretsmanager:GetSecretValue",
                  "Resource": "arn:aws:secretsmanager:*:*:secret:prod/*",
                  "Condition": { "NotIpAddress": { "aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8", "::1/128"] } }
                }
              ]
            }
            """),
        ("RotateAnything", "Rotates and stops rotations, and opens no value", """
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Sid": "Rotate",
                  "Effect": "Allow",
                  "Action": ["secretsmanager:RotateSecret", "secretsmanager:CancelRotateSecret", "secretsmanager:DescribeSecret"],
                  "Resource": "*"
                }
              ]
            }
            """),
        ("DeployFromPipeline", "What the pipeline needs", """
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Sid": "Secrets",
                  "Effect": "Allow",
                  "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "secretsmanager:ListSecrets", "secretsmanager:CreateSecret", "secretsmanager:TagResource"],
                  "Resource": ["arn:aws:secretsmanager:*:*:secret:platform/ci/*", "arn:aws:secretsmanager:*:*:secret:staging/*"]
                }
              ]
            }
            """),
    ];

    /// <summary>Name, description, the address it calls from, what it reads: patterns of names.</summary>
    public static readonly (string Name, string Description, string Address, string[] Reads)[] Programs =
    [
        ("orders-api", "The service of orders", "10.20.1.11", ["prod/orders/*", "prod/partners/*"]),
        ("billing-api", "The service of bills", "10.20.1.24", ["prod/billing/*", "prod/ledger/*"]),
        ("identity-api", "Signs customers in", "10.20.1.31", ["prod/identity/*", "prod/sessions/*"]),
        ("storefront", "The shop", "10.20.2.8", ["prod/storefront/*", "prod/search/*", "prod/catalog/*", "prod/reviews/*"]),
        ("shipping-worker", "Orders labels", "10.20.3.40", ["prod/shipping/*", "prod/inventory/*"]),
        ("notifier", "Sends mail and messages", "10.20.3.52", ["prod/notifications/*", "prod/events/*"]),
        ("support-desk", "What the support team uses", "10.20.5.19", ["prod/support/*", "care/*"]),
        ("warehouse-etl", "Loads the warehouse at night", "10.30.0.7", ["data/*", "prod/analytics/*"]),
        ("gateway", "In front of everything", "10.20.0.4", ["prod/gateway/*", "platform/gateway/*"]),
    ];

    /// <summary>The pipeline.</summary>
    public const string Pipeline = "ci-pipeline";

    /// <summary>A program that was replaced.</summary>
    public const string FormerProgram = "reporting-v1";

    /// <summary>A policy that reads what a program needs.</summary>
    public static string ReadPolicy(IEnumerable<string> names) => $$"""
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "Read",
              "Effect": "Allow",
              "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
              "Resource": [{{string.Join(", ", names.Select(name => $"\"arn:aws:secretsmanager:*:*:secret:{name}\""))}}]
            }
          ]
        }
        """;
}
