using System.Globalization;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_secret_rotation</c>: how and when a secret is rotated.</summary>
internal sealed class SecretRotationResource : ManagedResource
{
    private static readonly Schema s_schema = new(0,
        "A secret's rotation policy. A changed schedule alone never rotates; destroying the resource ends the schedule and keeps the value.",
    [
        new("id", Presence.Computed, "The secret's ARN.") { Type = TfType.Text, KeptOnUpdate = true },
        new("secret_id", Presence.Required, "The secret's ARN or name.")
        {
            Type = TfType.Text, ReplaceOnChange = true, Validators = [Validators.Id],
        },
        new("rotation_lambda_arn", Presence.Optional,
            "The rotation function's ARN. Without it the portal rotates with the built-in rotator for the engine that the value names.")
        {
            Type = TfType.Text, Validators = [Validators.Length(1, 2048)],
        },
        new("rotate_immediately", Presence.OptionalComputed,
            "Whether the secret is rotated at once when this resource is created. Default true; false waits for the schedule's first window.")
        {
            Type = TfType.Flag, Default = TfValue.Of(true),
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
        new("rotation_enabled", Presence.Computed, "Whether the schedule runs.") { Type = TfType.Flag, KeptOnUpdate = true },
        new("next_rotation_date", Presence.Computed, "By when the next rotation is due, in RFC 3339; absent where nothing is scheduled.")
        {
            Type = TfType.Text,
        },
    ]);

    private static readonly AttributePath s_rules = AttributePath.Of("rotation_rules");

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secret_rotation";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override void Validate(TfObject config, Diagnostics diagnostics)
    {
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
    public override void ModifyPlan(PlanDraft draft)
    {
        // The API has no word for taking a function away from a secret, so the policy is made anew without it.
        if (draft.Prior is { } prior && !prior["rotation_lambda_arn"].IsNull && draft.Planned["rotation_lambda_arn"].IsNull)
            draft.Replace("rotation_lambda_arn");
    }

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(PortalClient portal, TfObject state, CancellationToken stop) =>
        await portal.FindSecretAsync(state.Text("secret_id")!, stop) is { DeletedDate: null, RotationEnabled: true } secret
            ? StateOf(secret, state)
            : null;

    /// <inheritdoc/>
    public override Task<TfObject> CreateAsync(PortalClient portal, TfObject planned, TfObject config, CancellationToken stop) =>
        RotateAsync(portal, planned, planned.Flag("rotate_immediately") ?? true, stop);

    /// <inheritdoc/>
    public override async Task<TfObject> UpdateAsync(
        PortalClient portal, TfObject prior, TfObject planned, TfObject config, CancellationToken stop)
    {
        string[] policy = ["rotation_lambda_arn", "rotation_rules"];
        if (policy.Any(a => !prior[a].Equals(planned[a])))
            return await RotateAsync(portal, planned, rotateNow: false, stop);
        return StateOf(await portal.DescribeSecretAsync(planned.Text("secret_id")!, stop), planned);
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(PortalClient portal, TfObject state, CancellationToken stop)
    {
        try
        {
            await portal.CancelRotateSecretAsync(state.Text("secret_id")!, stop);
        }
        catch (PortalApiException e) when (e.IsNotFound || e.IsScheduledForDeletion)
        {
            // Without its secret there is no schedule either.
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(PortalClient portal, string id, CancellationToken stop)
    {
        var secret = await portal.DescribeSecretAsync(id, stop);
        return secret is { DeletedDate: null, RotationEnabled: true }
            ? StateOf(secret, TfObject.Empty.With("secret_id", TfValue.Of(id)).With("rotate_immediately", TfValue.Of(true)))
            : throw new DiagnosticException($"The secret {id} is not rotated", "Only a rotation that is switched on can be imported.");
    }

    private static async Task<TfObject> RotateAsync(PortalClient portal, TfObject planned, bool rotateNow, CancellationToken stop)
    {
        var secretId = planned.Text("secret_id")!;
        var rules = planned.Object("rotation_rules")!;
        await portal.RotateSecretAsync(
            new RotateSecretRequest
            {
                SecretId = secretId,
                ClientRequestToken = portal.NewToken(),
                RotationLambdaArn = planned.Text("rotation_lambda_arn"),
                RotationRules = new WireRotationRules
                {
                    AutomaticallyAfterDays = rules.Number("automatically_after_days"),
                    ScheduleExpression = rules.Text("schedule_expression"),
                    Duration = rules.Text("duration"),
                },
                RotateImmediately = rotateNow,
            },
            stop);
        var state = planned.With("rotation_enabled", TfValue.Of(true));
        try
        {
            return StateOf(await portal.DescribeSecretAsync(secretId, stop), state);
        }
        catch (PortalApiException)
        {
            // The policy stands; its dates come with the next refresh.
            return state.With("id", TfValue.Of(secretId)).With("next_rotation_date", TfValue.Null);
        }
    }

    private static TfObject StateOf(DescribeSecretResponse secret, TfObject known) => known
        .With("id", TfValue.Of(secret.Arn))
        .With("rotation_lambda_arn", TfValue.Of(secret.RotationLambdaArn))
        .With("rotation_rules", RulesOf(secret.RotationRules ?? new WireRotationRules(), known.Object("rotation_rules")))
        .With("rotation_enabled", TfValue.Of(secret.RotationEnabled ?? false))
        .With("next_rotation_date", TfValue.Of(WireTime.ToText(secret.NextRotationDate)));

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

    private static RotationSchedule ParseSchedule(TfObject rules) => RotationSchedule.Parse(
        rules.Text("schedule_expression"), rules.Number("automatically_after_days"), rules.Text("duration"));
}
