using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// Two users of a database take turns: while clients still work with one, the other gets a new password from the user of the master secret. The
/// second one is a clone of the first, made at the first rotation.
/// </summary>
internal sealed class AlternatingUsersRotator(IDatabaseEngine engine, FillRandom random, IReadOnlyList<AllowedAddress>? allowedTargets = null)
    : DatabaseRotator(engine, random, allowedTargets)
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> FunctionNames => Engine.AlternatingUsersFunctions;

    /// <inheritdoc/>
    public override bool NeedsMaster => true;

    /// <inheritdoc/>
    public override SecretValue Create(RotationValues values)
    {
        var current = Parse(values.Current);
        var users = UserPair.Of(current.Username);
        CheckLength(users);
        return WithNewPassword(values, users.Other(current.Username));
    }

    /// <inheritdoc/>
    public override async Task<string> Set(RotationValues values, CancellationToken cancel)
    {
        var pending = Parse(values.NewValue);
        var current = Parse(values.Current);
        var users = UserPair.Of(current.Username);
        if (!pending.IsSameServer(current) || pending.Username != users.Other(current.Username))
            throw new RotationException(
                $"The new version must name the host and port of AWSCURRENT and the user {users.Other(current.Username)}. Put the new place by hand under AWSCURRENT, then rotate.", isFinal: true);
        await using (var session = await LogIn(pending, cancel))
            if (session is not null)
                return $"{Place(pending)} has the new password already.";
        // Whoever can write the secret would else have the master change the password of any user.
        var loggedIn = await LogIn(current, cancel)
            ?? throw new RotationException(
                $"{Place(current)} refuses the password of AWSCURRENT, and the master secret is used only after it was accepted. Put the password that works into the secret, or reset the user's password and expiry, then rotate again. {Engine.WhyRefused}", isFinal: true);
        await loggedIn.DisposeAsync();
        CheckLength(users);
        await using var master = await LogInAsMaster(values, current, cancel);
        return await SetAsMaster(master, users, pending, cancel);
    }

    /// <inheritdoc/>
    public override async Task<PreflightReport> Check(RotationValues values, CancellationToken cancel)
    {
        var findings = new List<PreflightFinding>();
        try
        {
            var current = CheckJson(values, findings);
            var users = UserPair.Of(current.Username);
            findings.Add(NameLength(users));
            await using var session = await CheckLogIn(current, findings, cancel);
            if (session is not null)
                await CheckMaster(values, current, users, findings, cancel);
        }
        catch (RotationException fault)
        {
            findings.Add(new PreflightFinding(fault.Concerns, PreflightState.Failed, fault.Message));
        }

        return Report(findings, PreflightCheck.Json, PreflightCheck.Master, PreflightCheck.Reachable, PreflightCheck.Tls, PreflightCheck.LogIn,
            PreflightCheck.Privileges, PreflightCheck.NameLength, PreflightCheck.Clone);
    }

    /// <inheritdoc/>
    protected override bool ServesMaster(bool namesMaster) => namesMaster;

    private async Task<string> SetAsMaster(IDatabaseSession master, UserPair users, DatabaseCredential pending, CancellationToken cancel)
    {
        var state = await master.FindClone(users, cancel);
        var isClone = pending.Username == users.Clone;
        if (await master.CheckMaster(users, state, cancel) is { State: PreflightState.Failed } lacking)
            throw new RotationException($"As the master: {lacking.Message}", isFinal: true) { Concerns = lacking.Check };
        switch (state)
        {
            case CloneState.Unrelated or CloneState.NoOriginal:
                throw new RotationException(StateFault(state, users), isFinal: true) { Concerns = PreflightCheck.Clone };
            case CloneState.NoClone when isClone:
                await master.CreateClone(users, pending.Password, cancel);
                break;
            default:
                await master.SetPassword(pending.Username, pending.Password, cancel);
                break;
        }

        var done = state == CloneState.NoClone && isClone ? $"{Place(pending)} was made as a clone of {users.Original}." : $"{Place(pending)} got the new password.";
        var differences = await Differences(master, users, cancel);
        return differences.Count == 0 ? done : $"{done} Warning: the two users differ. {string.Join(" ", differences)}";
    }

    private static async Task<IReadOnlyList<string>> Differences(IDatabaseSession master, UserPair users, CancellationToken cancel)
    {
        try
        {
            return await master.CompareUsers(users, cancel);
        }
        catch (RotationException fault)
        {
            // The passwords are right, and a rotation is not lost for want of a warning.
            return [$"They could not be compared. {fault.Message}"];
        }
    }

    private async Task CheckMaster(
        RotationValues values, DatabaseCredential current, UserPair users, List<PreflightFinding> findings, CancellationToken cancel)
    {
        await using var master = await LogInAsMaster(values, current, cancel);
        findings.Add(new PreflightFinding(PreflightCheck.Master, PreflightState.Passed, "The master secret is for the same server, and its user logs in."));
        var state = await master.FindClone(users, cancel);
        findings.Add(await master.CheckMaster(users, state, cancel));
        if (state is CloneState.Unrelated or CloneState.NoOriginal)
            findings.Add(new PreflightFinding(PreflightCheck.Clone, PreflightState.Failed, StateFault(state, users)));
        else if (state == CloneState.NoClone)
            findings.Add(new PreflightFinding(PreflightCheck.Clone, PreflightState.Passed, $"The first rotation makes the user {users.Clone}."));
        else if (await Differences(master, users, cancel) is { Count: > 0 } differences)
            findings.AddRange(differences.Select(d => new PreflightFinding(PreflightCheck.Clone, PreflightState.Warning, d)));
        else
            findings.Add(new PreflightFinding(PreflightCheck.Clone, PreflightState.Passed, $"The users {users.Original} and {users.Clone} may do the same."));
    }

    /// <summary>The master's session, in the database of the current value: privileges there are compared.</summary>
    private async Task<IDatabaseSession> LogInAsMaster(RotationValues values, DatabaseCredential current, CancellationToken cancel)
    {
        var master = MasterOf(values, current) with { Database = current.Database };
        try
        {
            return await LogIn(master, cancel)
                ?? throw new RotationException($"{Place(master)} refuses the password of the master secret. Put the password that works into the master secret, then rotate again. {Engine.WhyRefused}");
        }
        catch (RotationException fault)
        {
            throw new RotationException($"As the master: {fault.Message}", fault.IsFinal) { Concerns = PreflightCheck.Master };
        }
    }

    private DatabaseCredential MasterOf(RotationValues values, DatabaseCredential current)
    {
        if (values.Master is null)
            throw MasterFault("Alternating users need a master secret. Put its ARN into the member \"masterarn\" of the secret's value, then rotate again.");
        DatabaseCredential master;
        try
        {
            master = Parse(values.Master);
        }
        catch (RotationException fault)
        {
            throw MasterFault($"Of the master secret: {fault.Message}");
        }

        if (!master.IsSameServer(current))
            throw MasterFault($"The master secret is for {master.Host}:{master.Port}, not for {current.Host}:{current.Port}. Name a master secret of the same host and port in \"masterarn\".");
        var users = UserPair.Of(current.Username);
        if (master.Username == users.Original || master.Username == users.Clone)
            throw MasterFault($"The master secret is for the user {master.Username} itself, which would change its own password behind the back of that secret. Name a master secret of another user in \"masterarn\".");
        return master;
    }

    private static RotationException MasterFault(string message) => new(message, isFinal: true) { Concerns = PreflightCheck.Master };

    private void CheckLength(UserPair users)
    {
        if (NameLength(users) is { State: PreflightState.Failed } finding)
            throw new RotationException(finding.Message, isFinal: true) { Concerns = PreflightCheck.NameLength };
    }

    private PreflightFinding NameLength(UserPair users) => Engine.LengthOf(users.Clone) <= Engine.LongestUserName
        ? new PreflightFinding(PreflightCheck.NameLength, PreflightState.Passed, $"The name {users.Clone} fits.")
        : new PreflightFinding(PreflightCheck.NameLength, PreflightState.Failed,
            $"The name {users.Clone} is longer than the {Engine.LongestUserName} that {Engine.Name} allows. Use a user with a shorter name, or the rotation of a single user.");

    private static string StateFault(CloneState state, UserPair users) => state == CloneState.NoOriginal
        ? $"There is no user {users.Original}, of which {users.Clone} should be a clone. Create it, or use the rotation of a single user for a name that ends in \"_clone\"."
        : $"The user {users.Clone} is no clone of {users.Original}, so the password of neither is changed. Rename or drop {users.Clone}, or make it a clone (see docs/rotation.md), then rotate again.";
}
