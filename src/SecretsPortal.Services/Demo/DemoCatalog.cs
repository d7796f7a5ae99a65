using System.Text;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Demo;

/// <summary>The secrets of a shop that nobody runs.</summary>
internal static class DemoCatalog
{
    /// <summary>The alias of the key of everything that is about money.</summary>
    public const string PaymentsKey = "payments";

    /// <summary>Who changes the users of a database, by the value of its own secret.</summary>
    public const string MasterUser = "rotation_master";

    private const string Generate = "SecretsPortalGenerate";

    private static readonly (string Service, SecretKind Kind, string Engine, int Port, string Team, string? Schedule)[] s_databases =
    [
        ("orders", SecretKind.RdsDatabase, "postgres", 5432, "commerce", "rate(7 days)"),
        ("billing", SecretKind.RdsDatabase, "postgres", 5432, "payments", "rate(3 days)"),
        ("identity", SecretKind.RdsDatabase, "mysql", 3306, "platform", "cron(0 2 ? * SUN *)"),
        ("catalog", SecretKind.RdsDatabase, "mariadb", 3306, "commerce", "rate(10 days)"),
        ("shipping", SecretKind.RdsDatabase, "sqlserver", 1433, "logistics", "rate(14 days)"),
        ("inventory", SecretKind.RdsDatabase, "postgres", 5432, "logistics", "rate(7 days)"),
        ("support", SecretKind.RdsDatabase, "mysql", 3306, "care", "rate(5 days)"),
        ("reviews", SecretKind.RdsDatabase, "postgres", 5432, "commerce", "rate(4 days)"),
        ("events", SecretKind.DocumentDb, "mongo", 27017, "platform", "rate(7 days)"),
        ("recommendations", SecretKind.DocumentDb, "mongo", 27017, "data", "rate(10 days)"),
        ("analytics", SecretKind.Redshift, "redshift", 5439, "data", "cron(0 4 ? * MON *)"),
        ("ledger", SecretKind.RdsDatabase, "oracle", 1521, "payments", null),
        ("sessions", SecretKind.OtherDatabase, "cassandra", 9042, "platform", null),
        ("archive", SecretKind.OtherDatabase, "clickhouse", 9000, "data", null),
    ];

    private static readonly (string Name, string Team, string Description, string[] Fields)[] s_keys =
    [
        ("prod/billing/card-processor", "payments", "Keys of the card processor", ["publishableKey", "secretKey", "webhookSecret"]),
        ("staging/billing/card-processor", "payments", "Keys of the card processor's sandbox", ["publishableKey", "secretKey", "webhookSecret"]),
        ("prod/billing/tax-service", "payments", "Asks for rates of VAT", ["apiKey"]),
        ("prod/notifications/mail", "platform", "Sends mail to customers", ["apiKey", "signingKey"]),
        ("staging/notifications/mail", "platform", "Catches mail to customers", ["apiKey"]),
        ("prod/notifications/sms", "platform", "Sends text messages", ["accountId", "authToken"]),
        ("prod/notifications/push", "platform", "Sends notifications to phones", ["keyId", "teamId", "privateKey"]),
        ("prod/storefront/sign-in", "commerce", "Lets customers sign in with an account they have", ["clientId", "clientSecret"]),
        ("staging/storefront/sign-in", "commerce", "The same, in staging", ["clientId", "clientSecret"]),
        ("prod/storefront/captcha", "commerce", "Keeps robots from signing up", ["siteKey", "secretKey"]),
        ("prod/storefront/maps", "commerce", "Finds shops near a customer", ["apiKey"]),
        ("prod/search/cluster", "commerce", "Writes the search index", ["appId", "adminKey", "searchKey"]),
        ("staging/search/cluster", "commerce", "Writes the search index of staging", ["appId", "adminKey", "searchKey"]),
        ("prod/shipping/parcels", "logistics", "Orders labels and follows parcels", ["accountId", "apiKey"]),
        ("prod/shipping/customs", "logistics", "Declares goods that leave the union", ["clientId", "clientSecret"]),
        ("prod/support/helpdesk", "care", "Reads and answers tickets", ["subdomain", "apiToken"]),
        ("prod/support/telephony", "care", "Records of calls", ["accountId", "authToken"]),
        ("platform/observability/metrics", "platform", "Writes metrics and traces", ["endpoint", "token"]),
        ("platform/observability/errors", "platform", "Sends errors of programs", ["projectId", "token"]),
        ("platform/ci/registry", "platform", "Pushes container images", ["username", "token"]),
        ("platform/ci/deploy-bot", "platform", "Merges and tags releases", ["appId", "installationId", "privateKey"]),
        ("platform/dns/provider", "platform", "Changes records of our zones", ["apiKey", "apiSecret"]),
        ("data/warehouse/loader", "data", "Loads files into the warehouse", ["accessId", "accessKey"]),
        ("data/marketing/ads", "data", "Reads what adverts cost", ["clientId", "clientSecret", "refreshToken"]),
    ];

    private static readonly (string Name, string Team, string Description, string? Field, string Schedule)[] s_generated =
    [
        ("prod/identity/token-signing", "platform", "Signs the tokens of signed-in customers", "key", "rate(7 days)"),
        ("staging/identity/token-signing", "platform", "Signs tokens in staging", "key", "rate(1 day)"),
        ("prod/storefront/session-key", "commerce", "Encrypts the cookies of the shop", null, "rate(2 days)"),
        ("prod/gateway/internal-token", "platform", "By which services know the gateway", null, "rate(1 day)"),
        ("prod/orders/webhook-signature", "commerce", "Signs what partners are told about orders", "secret", "rate(10 days)"),
        ("prod/billing/invoice-seal", "payments", "Seals invoices", "key", "cron(0 3 1,15 * ? *)"),
        ("prod/notifications/unsubscribe-key", "platform", "Signs the links that end newsletters", null, "rate(14 days)"),
        ("data/exports/link-key", "data", "Signs links to exports", "key", "rate(5 days)"),
    ];

    private static readonly (string Name, string Team, string Description, string Text)[] s_texts =
    [
        ("platform/gateway/tls-passphrase", "platform", "Opens the gateway's private key", "{0}"),
        ("platform/vpn/preshared-key", "platform", "Of the tunnel to the warehouse", "{0}"),
        ("platform/break-glass/console", "platform", "For emergencies: reading it pages the people on call", "user: break-glass\npassword: {0}\nThen call the security team.\n"),
        ("data/warehouse/profile", "data", "The loader's profile", "warehouse:\n  target: prod\n  outputs:\n    prod:\n      type: warehouse\n      user: loader\n      token: {0}\n"),
        ("care/crm/import", "care", "Settings of the nightly import", """{{"source":{{"url":"https://crm.demo.invalid","token":"{0}"}},"fields":["name","mail"]}}"""),
        ("prod/ledger/token-pin", "payments", "PIN of the signing token", "{0}"),
    ];

    /// <summary>All of them, the masters before those that name them.</summary>
    public static IReadOnlyList<DemoSecret> All { get; } = [.. Databases(), .. Keys(), .. Generated(), .. Texts(), .. Partners()];

    private static IEnumerable<DemoSecret> Databases()
    {
        foreach (var (service, kind, engine, port, team, schedule) in s_databases)
        {
            foreach (var stage in (string[])["prod", "staging"])
            {
                var database = new DemoSecret($"{stage}/{service}/database", team, $"The database of {service}{(stage == "prod" ? "" : $" in {stage}")}")
                {
                    Kind = kind,
                    Engine = engine,
                    Port = port,
                    User = $"{service}_app",
                    Schedule = stage == "prod" || service is "orders" or "billing" or "support" ? schedule : null,
                    Key = team == "payments" ? PaymentsKey : null,
                    IsReplicated = stage == "prod" && team is "payments" or "commerce",
                    Day = stage == "prod" ? 0 : 1,
                };
                if (stage == "prod" && service is "orders" or "inventory")
                {
                    var master = database with { Name = $"{stage}/{service}/database-master", User = MasterUser, Description = $"Changes the users of {service}", Schedule = null, IsReplicated = false };
                    yield return master;
                    database = database with { Master = master.Name };
                }

                yield return database;
            }
        }

        yield return new DemoSecret("dev/sandbox/database", "platform", "Anybody's: thrown away at night") { Kind = SecretKind.RdsDatabase, Engine = "postgres", Port = 5432, User = "sandbox", Day = 12 };
    }

    private static IEnumerable<DemoSecret> Keys() => s_keys.Select((key, at) => new DemoSecret(key.Name, key.Team, key.Description)
    {
        Fields = key.Fields, Key = key.Team == "payments" ? PaymentsKey : null, IsReplicated = key.Name.StartsWith("prod/billing", StringComparison.Ordinal), Day = at % 6 == 5 ? 3 + (at / 4) : at % 3,
    });

    private static IEnumerable<DemoSecret> Generated() => s_generated.Select(made => new DemoSecret(made.Name, made.Team, made.Description)
    {
        Kind = made.Field is null ? SecretKind.Text : SecretKind.KeyValue,
        Fields = made.Field is { } field ? [field] : [],
        Text = made.Field is null ? CompositeFormat.Parse("{0}") : null,
        Schedule = made.Schedule,
        Function = Generate,
        Key = made.Team == "payments" ? PaymentsKey : null,
        Day = 2,
    });

    private static IEnumerable<DemoSecret> Texts() => s_texts.Select((text, at) => new DemoSecret(text.Name, text.Team, text.Description)
    {
        Kind = SecretKind.Text, Text = CompositeFormat.Parse(text.Text), Day = at * 2,
    });

    private static IEnumerable<DemoSecret> Partners() =>
    [
        new("prod/partners/marketplace", "commerce", "Where partners' offers come from") { Fields = ["account", "token"], Schedule = "rate(6 days)", Function = DemoCast.PartnerFunction, Day = 4 },
        new("prod/partners/wholesale", "logistics", "Orders from wholesale") { Fields = ["account", "token"], Schedule = "rate(8 days)", Function = DemoCast.PartnerFunction, Day = 5 },
        new("platform/directory/bind-account", "platform", "Looks people up in the directory") { Fields = ["account", "token"], Schedule = "rate(9 days)", Function = DemoCast.DirectoryFunction, Day = 5 },
    ];
}
