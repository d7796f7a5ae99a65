using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>Gives a database's user a new password, with the user's own rights.</summary>
internal sealed class SingleUserRotator(IDatabaseEngine engine, FillRandom random, IReadOnlyList<AllowedAddress>? allowedTargets = null)
    : DatabaseRotator(engine, random, allowedTargets)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> FunctionNames => Engine.SingleUserFunctions;

    /// <inheritdoc/>
    public override SecretValue Create(RotationValues values) => WithNewPassword(values, Parse(values.Current).Username);

    /// <inheritdoc/>
    public override async Task<string> Set(RotationValues values, CancellationToken cancel)
    {
        var pending = Parse(values.NewValue);
        var current = Parse(values.Current);
        if (!IsSameUser(pending, current))
            throw new RotationException(
                "The new version names another host, port or user than AWSCURRENT. Rotation changes the password alone: put the new place by hand, then rotate.", isFinal: true);
        await using (var session = await LogIn(pending, cancel))
            if (session is not null)
                return $"{Place(pending)} has the new password already.";
        await using var known = await LogInAsKnown(values, current, cancel)
            ?? throw new RotationException(
                $"{Place(current)} accepts none of the passwords in AWSPENDING, AWSCURRENT and AWSPREVIOUS. Put the password that works into the secret, or reset the user's password and expiry, then rotate again. {Engine.WhyRefused}", isFinal: true)
            {
                IsRefusal = true,
            };
        await known.SetOwnPassword(pending.Password, cancel);
        return $"{Place(pending)} got the new password.";
    }

    /// <inheritdoc/>
    public override async Task<PreflightReport> Check(RotationValues values, CancellationToken cancel)
    {
        var findings = new List<PreflightFinding>();
        try
        {
            var current = CheckJson(values, findings);
            await using var session = await CheckLogIn(current, findings, cancel);
            if (session is not null)
                findings.Add(await session.CheckOwnPassword(cancel));
        }
        catch (RotationException fault)
        {
            findings.Add(new PreflightFinding(fault.Concerns, PreflightState.Failed, fault.Message));
        }

        return Report(findings, PreflightCheck.Json, PreflightCheck.Reachable, PreflightCheck.Tls, PreflightCheck.LogIn, PreflightCheck.Privileges);
    }

    /// <inheritdoc/>
    protected override bool ServesMaster(bool namesMaster) => !namesMaster;

    private static bool IsSameUser(DatabaseCredential a, DatabaseCredential b) => a.IsSameServer(b) && a.Username == b.Username;

    /// <summary>Logs in with the current password, else with one that the target may still have.</summary>
    private async Task<IDatabaseSession?> LogInAsKnown(RotationValues values, DatabaseCredential current, CancellationToken cancel)
    {
        foreach (var known in Candidates(values, current))
            if (await LogIn(known, cancel) is { } session)
                return session;
        return null;
    }

    private IEnumerable<DatabaseCredential> Candidates(RotationValues values, DatabaseCredential current)
    {
        yield return current;
        foreach (var other in values.Others)
            if (TryParse(other) is { } credential && IsSameUser(credential, current))
                yield return credential;
    }

    private DatabaseCredential? TryParse(SecretValue value)
    {
        try
        {
            return Parse(value);
        }
        catch (RotationException)
        {
            // An older version may have held something else.
            return null;
        }
    }
}
