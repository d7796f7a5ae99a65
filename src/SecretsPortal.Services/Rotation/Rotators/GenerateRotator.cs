using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// New random values for secrets that nobody but their readers checks: keys that an application signs with, tokens between one's own services.
/// There is no target to tell, so a value is good as soon as it is stored.
/// </summary>
internal sealed class GenerateRotator(FillRandom random) : IRotator
{
    private const string Name = "SecretsPortalGenerate";

    private static readonly RandomPasswordOptions s_rules = new();

    /// <inheritdoc/>
    public IReadOnlyList<string> FunctionNames => [Name];

    /// <inheritdoc/>
    public bool HasTarget => false;

    /// <summary>Never: that a secret may be replaced without anybody being told has to be said.</summary>
    public bool Serves(SecretValue current) => false;

    /// <inheritdoc/>
    public SecretValue Create(RotationValues values)
    {
        var policy = new PasswordPolicy(values.Settings);
        var json = JsonSecret.Read(values.Current);
        if (policy.Field is not { } field)
            return values.Current.IsText && json is null ? SecretValue.FromText(Generated(policy).Reveal()) : throw Fault(json is null
                ? "The secret's value is no text, and only texts are generated. Put a text, or give the secret a rotation function of your own."
                : "The secret's value is JSON: name the member to generate in the rotation's setting \"field\" (ExternalSecretRotationMetadata of RotateSecret).");
        if (json is null)
            throw Fault($"The secret's value is no JSON object with each member once, so it has no member \"{field}\". Put one, or take the setting \"field\" away with RotateSecret.");
        if (JsonSecret.Text(json, field) is null)
            throw Fault($"The secret's value has no member \"{field}\" that is a text. Put one, or correct the setting \"field\" with RotateSecret.");
        json[field] = Generated(policy).Reveal();
        return JsonSecret.Write(json);
    }

    /// <inheritdoc/>
    public Task<string> Set(RotationValues values, CancellationToken cancel) => Task.FromResult("There is no target to set the new value in.");

    /// <inheritdoc/>
    public Task<string> Test(SecretValue value, CancellationToken cancel) => Task.FromResult("There is no target to test the value with.");

    /// <summary>Always true: without a target, the value that is stored is the one that holds.</summary>
    public Task<bool> IsAccepted(SecretValue value, CancellationToken cancel) => Task.FromResult(true);

    /// <inheritdoc/>
    public Task<PreflightReport> Check(RotationValues values, CancellationToken cancel)
    {
        PreflightFinding finding;
        try
        {
            Create(values);
            finding = new PreflightFinding(PreflightCheck.Json, PreflightState.Passed, "A new value can be generated. Nobody but the secret's readers will be told.");
        }
        catch (RotationException fault)
        {
            finding = new PreflightFinding(PreflightCheck.Json, PreflightState.Failed, fault.Message);
        }

        return Task.FromResult(new PreflightReport([finding]));
    }

    private SecretText Generated(PasswordPolicy policy) => policy.Generate(s_rules, shortest: 1, longest: RandomPassword.MaxLength, random);

    private static RotationException Fault(string message) => new(message, isFinal: true) { Concerns = PreflightCheck.Json };
}
