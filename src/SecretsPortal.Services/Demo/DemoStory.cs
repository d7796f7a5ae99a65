using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Demo;

/// <summary>What happens in the thirty days, each thing at its time.</summary>
internal sealed class DemoStory(
    IServiceProvider services, DemoCallers callers, DemoTimeline timeline, DemoTargets targets, DateTimeOffset begin, DateTimeOffset end, CancellationToken cancel)
{
    private const string Retrying = "prod/reviews/database";
    private const string OnDuty = "jonas.weber";

    private readonly DemoDice _dice = new();
    private readonly DemoValues _values = new(services.Get<Core.Crypto.FillRandom>());
    private readonly PortalOptions _options = services.Get<PortalOptions>();

    /// <summary>Puts everything on the time line.</summary>
    public void Tell(string admin, SecretText password)
    {
        Moods();
        foreach (var secret in DemoCatalog.All)
            Secret(secret);
        for (var day = 0; day <= 30; day++)
            Day(day);
        SignIns(admin, password);
        Milestones(admin);
    }

    // The hosts that behave badly, and when: in the end one rotation has failed, one is tried again, one is overdue and one is out of sync.
    private void Moods()
    {
        void Bad(string name, DemoMood mood, DateTimeOffset from, DateTimeOffset until) =>
            targets.Set(DemoCatalog.All.First(secret => secret.Name == name).Host, mood, from, until);

        Bad("prod/billing/database", DemoMood.Forbids, Noon(8), Noon(10));
        Bad("prod/orders/database", DemoMood.Silent, Noon(13), Noon(13).AddHours(15));
        Bad("staging/support/database", DemoMood.Forbids, Noon(19), Noon(21));
        Bad("prod/support/database", DemoMood.Forbids, Noon(24), DateTimeOffset.MaxValue);
        Bad("prod/shipping/database", DemoMood.Silent, Noon(27), DateTimeOffset.MaxValue);
        // Before any host is asked by a heartbeat, whatever the time of day: each is asked once.
        Bad("prod/events/database", DemoMood.Refuses, Earlier(Noon(29).AddHours(-6), end - DemoFill.Asking), DateTimeOffset.MaxValue);
        Bad(Retrying, DemoMood.Silent, end.AddHours(-2), end.AddHours(9));
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private DateTimeOffset Noon(int day) => new DateTimeOffset(begin.UtcDateTime.Date, TimeSpan.Zero).AddDays(day).AddHours(12);

    private void Secret(DemoSecret secret)
    {
        // A master before those that name it.
        var made = begin.AddMinutes(secret.User == DemoCatalog.MasterUser ? 10 : 20 + _dice.Next(90)).AddDays(secret.Day);
        timeline.At(made, () => Create(secret));
        if (secret.Schedule is { } schedule)
            timeline.At(made.AddMinutes(3 + _dice.Next(30)), () => Rotate(secret, secret.Name == Retrying ? "rate(8 days)" : schedule));
    }

    private async Task Create(DemoSecret secret)
    {
        var masterArn = secret.Master is null ? null
            : (await services.Get<SecretReader>().Describe(await callers.User(DemoCast.Lead), secret.Master, cancel)).Arn.ToString();
        var value = secret switch
        {
            { Engine.Length: > 0 } => _values.Database(secret, masterArn),
            { Text: { } text } => _values.Text(text),
            _ => _values.KeyValue(secret.Fields),
        };
        await services.Get<SecretWriter>().Create(await callers.User(DemoCast.Lead), new CreateSecretRequest
        {
            Name = secret.Name,
            Description = secret.Description,
            ClientRequestToken = callers.NewId(),
            KmsKeyId = secret.Key is { } key ? $"alias/{key}" : null,
            Value = value,
            Tags = [new SecretTag("team", secret.Team), new SecretTag("stage", secret.Stage), .. secret.Stage == "prod" ? [new SecretTag("tier", "1")] : Array.Empty<SecretTag>()],
            ReplicaRegions = secret.IsReplicated ? [.. _options.Regions.Where(region => region != _options.Region).Take(1).Select(region => new ReplicaRegion(region, null))] : [],
        }, cancel);
    }

    private async Task Rotate(DemoSecret secret, string schedule, string? duration = null) => await services.Get<RotationService>().Rotate(
        await callers.User(DemoCast.Lead), new RotateSecretRequest
        {
            SecretId = secret.Name,
            ClientRequestToken = callers.NewId(),
            Schedule = RotationSchedule.Parse(schedule, automaticallyAfterDays: null, duration ?? secret.Duration),
            RotationLambdaArn = secret.Function is DemoCast.PartnerFunction or DemoCast.DirectoryFunction
                ? $"arn:aws:lambda:{_options.Region}:{_options.AccountId}:function:{secret.Function}" : secret.Function,
            ExternalMetadata = secret is { Function: not null, Kind: SecretKind.KeyValue, Fields: [var field] } ? [new ExternalRotationItem("field", field)] : null,
        }, cancel);

    private void Day(int day)
    {
        foreach (var (name, _, address, reads) in DemoCast.Programs)
        {
            foreach (var secret in DemoCatalog.All.Where(secret => reads.Any(pattern => Matches(pattern, secret.Name)) && _dice.Percent(70)))
                timeline.At(day, _dice.Next(24), _dice.Next(60), async () => await Read(await callers.Program(name, address), secret.Name));
        }

        if (begin.AddDays(day).DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday || day == 0)
            return;
        foreach (var (name, _, team, _) in DemoCast.People.Where(person => person.Name is not (DemoCast.Auditor or DemoCast.Former) && _dice.Percent(45)))
        {
            var own = DemoCatalog.All.Where(secret => secret.Team == team && secret.Day < day).ToList();
            var at = 7 + _dice.Next(9);
            timeline.At(day, at, _dice.Next(20), async () => await services.Get<SecretReader>().List(await callers.User(name), new ListSecretsRequest(), cancel));
            timeline.At(day, at, 20 + _dice.Next(20), async () => await Read(await callers.User(name), _dice.Of(own).Name));
            if (_dice.Percent(12))
                timeline.At(day, at, 45, async () => await Read(await callers.User(name), _dice.Of(DemoCatalog.All).Name));
        }

        timeline.At(day, 9 + _dice.Next(6), _dice.Next(60), async () => await Read(await callers.Program(DemoCast.Pipeline, "10.40.0.3"), "platform/ci/registry"));
        if (_dice.Percent(40))
            timeline.At(day, 10 + _dice.Next(6), _dice.Next(60), async () => await Read(await callers.Program(DemoCast.Pipeline, "10.40.0.3"), "prod/orders/database"));
        if (_dice.Percent(25))
            timeline.At(day, 19, _dice.Next(60), async () => await Read(await callers.User("priya.raman", "203.0.113.44"), "prod/billing/card-processor"));
    }

    private static bool Matches(string pattern, string name) => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);

    // A read may be refused, and is then in the log as what it was.
    private Task Read(CallContext call, string name) => Try(() => services.Get<SecretReader>().GetValue(call, name, versionId: null, versionStage: null, cancel));

    private static async Task Try(Func<Task> what)
    {
        try
        {
            await what();
        }
        catch (PortalException)
        {
            // Refused or failed: that is part of the story.
        }
    }

    private void SignIns(string admin, SecretText password)
    {
        foreach (var day in (int[])[0, 7, 14, 21, 28])
            timeline.At(day, 8, 5 + day, () => SignIn(admin, password, "10.20.9.2"));
        timeline.At(3, 8, 40, () => SignIn("jonas.weber", new SecretText("Winter-Holiday-2025!"), "10.20.9.30"));
        timeline.At(17, 22, 14, () => SignIn("root", new SecretText("toor"), "198.51.100.23"));
        timeline.At(17, 22, 15, () => SignIn(admin, new SecretText("admin"), "198.51.100.23"));
    }

    private Task SignIn(string name, SecretText password, string address) => Try(() => services.Get<SignInService>().SignIn(
        name, password, new SignInOrigin(address, callers.NewId(), "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"), cancel));

    private void Milestones(string admin)
    {
        // Set anew so that a window is open at the end, in which the host does not answer.
        timeline.At(end.AddHours(-26), () =>
        {
            int[] hours = [(end.Hour + 23) % 24, (end.Hour + 11) % 24];
            return Rotate(DemoCatalog.All.First(secret => secret.Name == Retrying), $"cron(0 {Math.Min(hours[0], hours[1])},{Math.Max(hours[0], hours[1])} * * ? *)", "11h");
        });
        timeline.At(2, 15, 10, async () => await services.Get<SecretPolicies>().Put(
            await callers.User(DemoCast.Lead), "prod/billing/card-processor", CardPolicy(), blockPublic: true, cancel));
        timeline.At(6, 10, 0, () => Put("prod/support/helpdesk", ["subdomain", "apiToken"], "ana.silva"));
        timeline.At(11, 14, 30, () => Put("prod/storefront/sign-in", ["clientId", "clientSecret"], "luca.moretti"));
        timeline.At(16, 9, 20, () => Put("data/marketing/ads", ["clientId", "clientSecret", "refreshToken"], "chen.wei"));
        timeline.At(22, 11, 45, () => Put("prod/search/cluster", ["appId", "adminKey", "searchKey"], "sofia.lind"));
        timeline.At(10, 13, 0, RenewKey);
        timeline.At(12, 16, 30, async () => await services.Get<UserService>().Update(await callers.User(admin), DemoCast.Former, new UpdateUserRequest { IsDisabled = true }, cancel));
        timeline.At(13, 9, 0, async () => await services.Get<ClientService>().Update(await callers.User(admin), DemoCast.FormerProgram, new UpdateClientRequest { IsDisabled = true }, cancel));
        timeline.At(18, 9, 30, NewKeyForOrders);
        timeline.At(20, 2, 12, async () => await Read(await callers.User(OnDuty), "platform/break-glass/console"));
        timeline.At(26, 17, 0, async () => await services.Get<SecretWriter>().Delete(await callers.User(DemoCast.Lead), "staging/archive/database", 14, force: false, cancel));
        timeline.At(29, 8, 15, async () => await services.Get<SecretWriter>().Delete(await callers.User(OnDuty), "dev/sandbox/database", 7, force: false, cancel));
        timeline.At(28, 15, 0, () => Try(async () => await services.Get<RotationService>().Cancel(await callers.User("chen.wei"), "data/exports/link-key", cancel)));
        timeline.At(28, 15, 5, async () => await services.Get<RotationService>().Cancel(await callers.User(OnDuty), "data/exports/link-key", cancel));
        foreach (var day in (int[])[5, 12, 19, 26])
        {
            timeline.At(day, 9, 0, async () => await services.Get<AuditLog>().Search(await callers.User(DemoCast.Auditor), new AuditQuery { Outcome = AuditOutcome.Denied }, null, cancel));
            timeline.At(day, 9, 10, async () => await services.Get<AuditVerifier>().Verify(await callers.User(DemoCast.Auditor), progress: null, cancel));
        }
    }

    private string CardPolicy() => $$"""
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "BillingAlone",
              "Effect": "Allow",
              "Principal": { "AWS": "arn:aws:iam::{{_options.AccountId}}:user/client/billing-api" },
              "Action": "secretsmanager:GetSecretValue",
              "Resource": "*"
            },
            {
              "Sid": "NotThePipeline",
              "Effect": "Deny",
              "Principal": { "AWS": "arn:aws:iam::{{_options.AccountId}}:user/client/{{DemoCast.Pipeline}}" },
              "Action": "secretsmanager:*",
              "Resource": "*"
            }
          ]
        }
        """;

    private async Task Put(string name, string[] fields, string user) => await services.Get<SecretWriter>().PutValue(
        await callers.User(user), new PutSecretValueRequest(name, callers.NewId(), _values.KeyValue(fields), null), cancel);

    private async Task RenewKey()
    {
        await services.Get<RewrapService>().Rotate(await callers.User(DemoCast.Lead), $"alias/{DemoCatalog.PaymentsKey}", cancel);
        await services.Get<RewrapRunner>().Tick(cancel);
    }

    private async Task NewKeyForOrders()
    {
        const string program = "orders-api";
        var clients = services.Get<ClientService>();
        var former = (await clients.Get(await callers.User(DemoCast.Lead), program, cancel)).Client.AccessKeys[0].AccessKeyId;
        var key = await clients.CreateKey(
            await callers.User(DemoCast.Lead), program, new CreateAccessKeyRequest { Description = "Production, from spring on", ExpiresAt = end.AddDays(60) }, cancel);
        callers.SignsWith(program, key.Key.AccessKeyId);
        await clients.UpdateKey(await callers.User(DemoCast.Lead), program, former, new UpdateAccessKeyRequest { Description = "Production, replaced", IsDisabled = true }, cancel);
    }
}
