using System.Globalization;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_secret_rotation</c>: how and when a secret is rotated.</summary>
internal sealed class SecretRotationResource : ManagedResource
{
    /// <summary>How many windows are shown ahead.</summary>
    public const int WindowsAhead = 5;

    private const string LastRotation = "last_rotation";

    private static readonly Schema s_schema = new(1,
        "A secret's rotation policy. A changed schedule alone never rotates; destroying the resource ends the schedule and keeps the value.",
    [
        new("id", Presence.Computed, "The secret's ARN.") { Type = TfType.Text, KeptOnUpdate = true },
        new("secret_id", Presence.Required, "The secret's ARN or name.")
        {
            Type = TfType.Text, IsSecret = true, ReplaceOnChange = true, Validators = [Validators.Id],
        },
        new("rotation_lambda_arn", Presence.Optional,
            "The rotation function's ARN. Without it, and without `strategy`, the portal rotates with the built-in rotator for the engine that the value names. " +
            "A secret that has named a function goes on naming one: `strategy` or another ARN puts another in its place.")
        {
            Type = TfType.Text, Validators = [Validators.Length(1, 2048)],
        },
        new("strategy", Presence.Optional,
            "Which built-in rotator: `single-user`, `alternating-users` (both with `engine`), or `generate` (a new value and no target). Where it is absent, the value decides.")
        {
            Type = TfType.Text, Validators = [Validators.OneOf(RotationStrategies.SingleUser, RotationStrategies.AlternatingUsers, RotationStrategies.Generate)],
        },
        new("engine", Presence.Optional, $"The database of `strategy`: {string.Join(", ", RotationStrategies.Engines.Select(e => $"`{e}`"))}.")
        {
            Type = TfType.Text, Validators = [Validators.OneOf([.. RotationStrategies.Engines])],
        },
        new("rotate_immediately", Presence.Required,
            "Whether the secret is rotated at once when this resource is created, or waits for the schedule's first window. Neither is what everybody expects, so it has to be said.")
        {
            Type = TfType.Flag, IsBehaviour = true,
        },
        new("rotation_rules", Presence.Required, "The schedule.")
        {
            Nested =
            [
                new("automatically_after_days", Presence.Optional, "Rotate every so many days, 1 to 1000. This or `schedule_expression`.")
                {
                    Type = TfType.Number, Validators = [Validators.WholeNumber(1, 1000, "It counts days between rotations.")],
                },
                new("schedule_expression", Presence.Optional,
                    "`rate(N hours)`, `rate(N days)` or `cron(0 H DoM Mon DoW *)`, in UTC. This or `automatically_after_days`.")
                {
                    Type = TfType.Text, Validators = [Validators.Length(1, 256)],
                },
                new("duration", Presence.Optional, "How long a rotation window is, in hours: `3h`.")
                {
                    Type = TfType.Text, Validators = [Validators.Length(2, 3)],
                },
            ],
        },
        new("schedule_description", Presence.Computed, "The schedule in plain words.") { Type = TfType.Text },
        new("next_windows", Presence.Computed,
            "The next five windows as `START/END` in UTC. Where the schedule changes, a warning of the plan tells them. Where it rotates at a rate, they are counted from the last rotation and move with it.")
        {
            Type = TfType.ListOf(TfType.Text),
        },
        new("rotation_enabled", Presence.Computed, "Whether the schedule runs. Where it was switched off elsewhere, an update switches it on again, without a rotation.") { Type = TfType.Flag, KeptOnUpdate = true },
        new("next_rotation_date", Presence.Computed, "By when the next rotation is due, in RFC 3339; absent where nothing is scheduled.")
        {
            Type = TfType.Text,
        },
        Timeouts.Block,
    ]);

    private static readonly AttributePath s_rules = AttributePath.Of("rotation_rules");

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secret_rotation";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override void Validate(TfObject config, Diagnostics diagnostics)
    {
        if (config["rotation_lambda_arn"].IsKnown && config["strategy"].IsKnown)
            diagnostics.Error("Two rotators", "Set strategy or rotation_lambda_arn, not both.", AttributePath.Of("strategy"));
        if (config.Text("strategy") is { } strategy && (strategy == RotationStrategies.Generate) != config["engine"].IsNull)
        {
            diagnostics.Error(strategy == RotationStrategies.Generate ? "No engine to name" : "No engine",
                strategy == RotationStrategies.Generate ? "The strategy generate has no database: leave engine out." : "The strategy needs the database's engine.", AttributePath.Of("strategy"));
        }

        if (config["strategy"].IsNull && !config["engine"].IsNull)
            diagnostics.Error("No strategy", "engine goes with strategy: set both, or leave the choice to the value.", AttributePath.Of("engine"));
        if (config.Object("rotation_rules") is not { } rules)
            return;
        var (days, expression) = (rules["automatically_after_days"], rules["schedule_expression"]);
        if (days.IsNull && expression.IsNull)
        {
            diagnostics.Error("No schedule", "Set schedule_expression or automatically_after_days.", s_rules);
        }
        else if (days.IsKnown && expression.IsKnown)
        {
            diagnostics.Error("Two schedules", "Set schedule_expression or automatically_after_days, not both.", s_rules.Then("schedule_expression"));
        }
        else if (rules.IsWhollyKnown && !diagnostics.HasErrors)
        {
            try
            {
                ParseSchedule(rules);
            }
            catch (PortalException e)
            {
                var attribute = !expression.IsNull ? "schedule_expression" : "automatically_after_days";
                diagnostics.Error("Invalid schedule", e.Message, rules["duration"].IsNull ? s_rules.Then(attribute) : s_rules);
            }
        }
    }

    /// <inheritdoc/>
    public override string ImportId => "the secret's name or ARN";

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_secret_rotation" "api" {
          secret_id          = secretsportal_secret_version.api.secret_id # of the version: there has to be a value to rotate
          rotate_immediately = false

          rotation_rules = {
            schedule_expression = "cron(0 3 ? * SUN *)"
            duration            = "2h"
          }
        }
        """;

    /// <inheritdoc/>
    public override void ModifyPlan(PlanDraft draft, ResourceCall call)
    {
        if (draft.Prior is { } prior && FunctionOf(prior) is { } named && draft.Planned["rotation_lambda_arn"].IsNull && draft.Planned["strategy"].IsNull)
            throw NamesAlready(named, prior["strategy"].IsNull ? "rotation_lambda_arn" : "strategy");
        if (draft.Prior?.Flag("rotation_enabled") == false)
        {
            draft.Set("rotation_enabled", TfValue.Of(true));
            draft.Set("next_rotation_date", TfValue.Unknown);
            draft.Set("next_windows", TfValue.Unknown);
        }

        if (!draft.Changes("rotation_rules") || draft.Planned.Object("rotation_rules") is not { IsWhollyKnown: true } rules)
            return;
        draft.Set("schedule_description", TfValue.Of(Schedule(rules)?.Describe()));
        // A schedule that the portal refuses is told at its attribute elsewhere. The windows move with the time, and Terraform plans once more
        // when it applies and wants the same again: so they are told and not planned.
        if (Schedule(rules) is { } schedule)
        {
            call.Diagnostics.Warning($"The schedule {schedule.Describe()}: the next windows",
                string.Join('\n', Ahead(schedule, call)) + "\n\nNothing is wrong: a changed schedule is shown before it is applied.", s_rules);
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(ResourceCall call, TfObject state) =>
        (await call.Portal.LookUpSecretAsync(state.Text("secret_id")!, call.Stop))?.Secret switch
        {
            { DeletedDate: null, RotationEnabled: true } secret => Refreshed(secret, state, call),
            // Switched off elsewhere, and not for us to rotate at once when it is switched on again.
            { DeletedDate: null, RotationEnabled: false } off => Refreshed(off, state, call)
                .With("rotation_enabled", TfValue.Of(false)).With("next_rotation_date", TfValue.Null).With("next_windows", TfValue.Null),
            _ => null,
        };

    /// <inheritdoc/>
    public override Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config) =>
        RotateAsync(call, planned, "create", planned.Flag("rotate_immediately") ?? false);

    /// <inheritdoc/>
    public override async Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config)
    {
        string[] policy = ["rotation_lambda_arn", "strategy", "engine", "rotation_rules"];
        if (prior.Flag("rotation_enabled") == false || policy.Any(a => !prior[a].Equals(planned[a])))
            return await RotateAsync(call, planned, "update", rotateNow: false);
        return Refreshed(await call.Portal.DescribeSecretAsync(planned.Text("secret_id")!, call.Stop), planned, call);
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(ResourceCall call, TfObject state)
    {
        try
        {
            await call.Portal.CancelRotateSecretAsync(state.Text("secret_id")!, call.Stop);
        }
        catch (PortalApiException e) when (e.IsNotFound || e.IsScheduledForDeletion)
        {
            // Without its secret there is no schedule either.
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(ResourceCall call, string id)
    {
        var secret = await call.Portal.DescribeSecretAsync(id, call.Stop);
        var (strategy, engine) = RotationStrategies.Of(secret.RotationLambdaArn);
        var known = TfObject.Empty.With("secret_id", TfValue.Of(id)).With("rotate_immediately", TfValue.Of(false))
            .With("strategy", TfValue.Of(strategy)).With("engine", TfValue.Of(engine));
        return secret is { DeletedDate: null, RotationEnabled: true }
            ? Refreshed(secret, known, call)
            : throw new DiagnosticException($"The secret {id} is not rotated", "Only a rotation that is switched on can be imported.");
    }

    /// <inheritdoc/>
    public override TfObject? MoveFrom(string typeName, JsonElement state) => typeName == "aws_secretsmanager_secret_rotation"
        ? TfObject.Empty
            .With("id", TfValue.Of(ForeignState.SecretId(state, "secret_id")))
            .With("secret_id", TfValue.Of(ForeignState.SecretId(state, "secret_id")))
            .With("rotate_immediately", TfValue.Of(false))
        : null;

    private static async Task<TfObject> RotateAsync(ResourceCall call, TfObject planned, string operation, bool rotateNow)
    {
        var secretId = planned.Text("secret_id")!;
        var rules = planned.Object("rotation_rules")!;
        if (FunctionOf(planned) is null && (await call.Portal.LookUpSecretAsync(secretId, call.Stop))?.Secret?.RotationLambdaArn is { } named)
            throw NamesAlready(named, "strategy");
        try
        {
            await call.Portal.RotateSecretAsync(
                new RotateSecretRequest
                {
                    SecretId = secretId,
                    ClientRequestToken = call.Portal.NewToken(),
                    RotationLambdaArn = FunctionOf(planned),
                    RotationRules = new WireRotationRules
                    {
                        AutomaticallyAfterDays = rules.Number("automatically_after_days"),
                        ScheduleExpression = rules.Text("schedule_expression"),
                        Duration = rules.Text("duration"),
                    },
                    RotateImmediately = rotateNow,
                },
                call.Stop,
                Timeouts.Of(planned, operation));
        }
        catch (PortalApiException e) when (e.IsNotFound || e.IsScheduledForDeletion)
        {
            throw e.For($"Setting the rotation of {secretId}", AttributePath.Of("secret_id"));
        }

        var state = planned.With("rotation_enabled", TfValue.Of(true));
        try
        {
            return StateOf(await call.Portal.DescribeSecretAsync(secretId, call.Stop), state, call);
        }
        catch (PortalApiException)
        {
            // The policy stands; its dates come with the next refresh.
            return state.With("id", TfValue.Of(secretId)).With("next_rotation_date", TfValue.Null).With("next_windows", TfValue.Null);
        }
    }

    /// <summary>The function that a configuration or state means; null where the value decides.</summary>
    private static string? FunctionOf(TfObject state) =>
        RotationStrategies.FunctionOf(state.Text("strategy"), state.Text("engine")) ?? state.Text("rotation_lambda_arn");

    /// <summary>
    /// The API has no word for taking a function away from a secret, not even with its schedule: it would rotate with the old one, and the
    /// configuration say another thing for ever.
    /// </summary>
    private static DiagnosticException NamesAlready(string function, string attribute)
    {
        var name = function.Split(':')[^1];
        var words = RotationStrategies.Of(name) switch
        {
            (null, _) => $"rotation_lambda_arn = \"{function}\"",
            ({ } strategy, null) => $"strategy = \"{strategy}\"",
            var (strategy, engine) => $"strategy = \"{strategy}\" and engine = \"{engine}\"",
        };
        return new DiagnosticException($"The secret goes on naming the function {name}",
            $"A secret that has named a rotation function keeps it until it gets another one. Set {words} to rotate with it, or a strategy with its engine " +
            "(strategy = \"generate\" where there is no database), or another rotation_lambda_arn.", AttributePath.Of(attribute));
    }

    private static TfObject Refreshed(DescribeSecretResponse secret, TfObject known, ResourceCall call)
    {
        // A rate that is set anew counts from the last rotation or the value in use. Where the schedule of now is a rate, its next window tells them.
        var rotated = DateTimeOffset.UnixEpoch.AddSeconds(secret.LastRotatedDate ?? 0);
        var anchor = Schedule(RulesOf(secret.RotationRules ?? new WireRotationRules(), declared: null)) is { } schedule && NextOfRate(schedule, secret) is { } next
            ? next - RateOf(schedule, next)
            : DateTimeOffset.UnixEpoch.AddSeconds(secret.LastRotatedDate is null ? secret.LastChangedDate ?? 0 : 0);
        call.Private[LastRotation] = (rotated > anchor ? rotated : anchor).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return StateOf(secret, known, call);
    }

    private static IEnumerable<string> Ahead(RotationSchedule schedule, ResourceCall call)
    {
        var last = long.TryParse(call.Private[LastRotation], CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : call.Now;
        return schedule.Upcoming(last, call.Now, WindowsAhead).Select(TextOf);
    }

    /// <summary>The start of the next window of a rate, as the portal has it: NextRotationDate is its end. Null for a cron, and where nothing is due.</summary>
    private static DateTimeOffset? NextOfRate(RotationSchedule schedule, DescribeSecretResponse secret)
    {
        if (secret.NextRotationDate is not { } seconds || schedule.Expression?.StartsWith("cron(", StringComparison.Ordinal) == true)
            return null;
        var end = DateTimeOffset.UnixEpoch.AddSeconds(seconds);
        var window = schedule.Next(end, end);
        return end - (window.End - window.Start);
    }

    private static TimeSpan RateOf(RotationSchedule schedule, DateTimeOffset start) => schedule.Next(start, start).Start - start;

    /// <summary>The windows ahead: of a rate from the one that the portal has set, as it counts them itself.</summary>
    private static IEnumerable<string> Ahead(RotationSchedule schedule, DescribeSecretResponse secret, ResourceCall call) =>
        NextOfRate(schedule, secret) is { } next
            ? schedule.Upcoming(next - RateOf(schedule, next), next - RateOf(schedule, next), WindowsAhead).Select(TextOf)
            : Ahead(schedule, call);

    /// <summary>A window as <c>START/END</c>, to the minute.</summary>
    public static string TextOf(RotationWindow window) => string.Create(CultureInfo.InvariantCulture, $"{window.Start.UtcDateTime:yyyy-MM-dd'T'HH:mm'Z'}/{window.End.UtcDateTime:yyyy-MM-dd'T'HH:mm'Z'}");

    private static TfObject StateOf(DescribeSecretResponse secret, TfObject known, ResourceCall call)
    {
        var rules = RulesOf(secret.RotationRules ?? new WireRotationRules(), known.Object("rotation_rules"));
        var schedule = Schedule(rules);
        // A function that the strategy stands for keeps the strategy's words.
        var isByStrategy = known["strategy"].IsKnown && FunctionOf(known) == secret.RotationLambdaArn?.Split(':')[^1];
        return known
            .With("id", TfValue.Of(secret.Arn))
            .With("rotation_lambda_arn", isByStrategy ? TfValue.Null : TfValue.Of(secret.RotationLambdaArn))
            .With("strategy", isByStrategy ? known["strategy"] : TfValue.Null)
            .With("engine", isByStrategy ? known["engine"] : TfValue.Null)
            .With("rotation_rules", rules)
            .With("schedule_description", TfValue.Of(schedule?.Describe()))
            .With("next_windows", schedule is null ? TfValue.Null : new TfSequence([.. Ahead(schedule, secret, call).Select(TfValue.Of)]))
            .With("rotation_enabled", TfValue.Of(secret.RotationEnabled ?? false))
            .With("next_rotation_date", TfValue.Of(WireTime.ToText(secret.NextRotationDate)));
    }

    /// <summary>
    /// The API tells a schedule in days beside the expression too. What was declared keeps its words as long as it means the same.
    /// </summary>
    private static TfObject RulesOf(WireRotationRules rules, TfObject? declared)
    {
        if (declared is not null && declared.Text("duration") == rules.Duration
            && (declared.Text("schedule_expression") is { } expression
                ? expression == (rules.ScheduleExpression ?? RateOf(rules.AutomaticallyAfterDays))
                : rules.ScheduleExpression is null
                    ? declared.Number("automatically_after_days") == rules.AutomaticallyAfterDays
                    : RateOf(declared.Number("automatically_after_days")) == rules.ScheduleExpression))
        {
            return declared;
        }

        var days = rules.ScheduleExpression is null ? rules.AutomaticallyAfterDays : null;
        return TfObject.Empty
            .With("automatically_after_days", TfValue.Of((decimal?)days))
            .With("schedule_expression", TfValue.Of(rules.ScheduleExpression))
            .With("duration", TfValue.Of(rules.Duration));
    }

    private static string? RateOf(int? days) => days switch
    {
        null => null,
        1 => "rate(1 day)",
        { } many => string.Create(CultureInfo.InvariantCulture, $"rate({many} days)"),
    };

    /// <summary>The schedule; null where the portal would refuse it, or would have given none.</summary>
    private static RotationSchedule? Schedule(TfObject rules)
    {
        try
        {
            return ParseSchedule(rules);
        }
        catch (PortalException)
        {
            return null;
        }
    }

    private static RotationSchedule ParseSchedule(TfObject rules) => RotationSchedule.Parse(
        rules.Text("schedule_expression"), rules.Number("automatically_after_days"), rules.Text("duration"));
}
