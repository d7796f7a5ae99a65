using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// What the two strategies need to know of one kind of database. An engine holds no state: whatever a log-in opens lives in the
/// <see cref="IDatabaseSession"/> that it gives.
/// </summary>
internal interface IDatabaseEngine
{
    /// <summary>Its name in sentences.</summary>
    string Name { get; }

    /// <summary>What the member <c>engine</c> of a secret's JSON calls it.</summary>
    IReadOnlyList<string> EngineNames { get; }

    /// <summary>The names of AWS's templates for one user who changes the own password.</summary>
    IReadOnlyList<string> SingleUserFunctions { get; }

    /// <summary>The names of AWS's templates for two users that take turns.</summary>
    IReadOnlyList<string> AlternatingUsersFunctions { get; }

    /// <summary>Where the JSON names no port.</summary>
    int DefaultPort { get; }

    /// <summary>Where the JSON names no <c>dbname</c>.</summary>
    string DefaultDatabase { get; }

    /// <summary>The longest name of a user, as <see cref="LengthOf"/> counts.</summary>
    int LongestUserName { get; }

    /// <summary>New passwords, where the secret's settings say nothing else. The characters that it excludes stay excluded in any case.</summary>
    RandomPasswordOptions PasswordRules { get; }

    /// <summary>The longest password that settings may ask for.</summary>
    int LongestPassword => 128;

    /// <summary>A sentence: for what else the server refuses a log-in in the words of a wrong password, and what helps.</summary>
    string WhyRefused { get; }

    /// <summary>A user name's length; characters unless the engine counts otherwise.</summary>
    int LengthOf(string userName) => userName.Length;

    /// <summary>
    /// Logs in, with the TLS that the credential asks for and never less. Null where the server refuses user and password; every other fault is a
    /// <see cref="RotationException"/> whose <see cref="RotationException.Concerns"/> tells whether the server was reached, whether TLS failed, or
    /// whether the log-in did.
    /// </summary>
    Task<IDatabaseSession?> LogIn(DatabaseCredential credential, CancellationToken cancel);
}

/// <summary>
/// One user's log-in. Faults are <see cref="RotationException"/>s, final ones where the user lacks a right; no message quotes a statement that
/// holds a password. A user is named as the secret's JSON names it; the engine quotes.
/// </summary>
internal interface IDatabaseSession : IAsyncDisposable
{
    /// <summary>The smallest question that the server answers to this user.</summary>
    Task Ping(CancellationToken cancel);

    /// <summary>Gives the user who is logged in another password.</summary>
    Task SetOwnPassword(SecretText password, CancellationToken cancel);

    /// <summary>Whether that would work, as a finding of <see cref="PreflightCheck.Privileges"/>; nothing is changed.</summary>
    Task<PreflightFinding> CheckOwnPassword(CancellationToken cancel);

    /// <summary>As the master: which of the two users there are, and whether the second one is a clone of the first.</summary>
    Task<CloneState> FindClone(UserPair users, CancellationToken cancel);

    /// <summary>As the master: makes the clone, which may log in and do all that the original may. All of it is done or nothing.</summary>
    Task CreateClone(UserPair users, SecretText password, CancellationToken cancel);

    /// <summary>As the master: gives one of the two another password, and changes nothing else.</summary>
    Task SetPassword(string user, SecretText password, CancellationToken cancel);

    /// <summary>As the master: a sentence for each difference between what the clone and what the original may do. None: they are alike.</summary>
    Task<IReadOnlyList<string>> CompareUsers(UserPair users, CancellationToken cancel);

    /// <summary>
    /// As the master: whether <see cref="SetPassword"/> for either user would work, and <see cref="CreateClone"/> where
    /// <paramref name="state"/> says that there is no clone; a finding of <see cref="PreflightCheck.Privileges"/>. Nothing is changed. A fault that may pass where the server
    /// is a replica for now.
    /// </summary>
    Task<PreflightFinding> CheckMaster(UserPair users, CloneState state, CancellationToken cancel);
}

/// <summary>The two users of the strategy of alternating users.</summary>
internal sealed class UserPair
{
    private const string Suffix = "_clone";

    private UserPair(string original)
    {
        Original = original;
        Clone = original + Suffix;
    }

    /// <summary>The user that was there first.</summary>
    public string Original { get; }

    /// <summary>The same name with <c>_clone</c> behind it.</summary>
    public string Clone { get; }

    /// <summary>The pair that a user belongs to.</summary>
    public static UserPair Of(string user) => user.Length > Suffix.Length && user.EndsWith(Suffix, StringComparison.Ordinal)
        ? new UserPair(user[..^Suffix.Length])
        : new UserPair(user);

    /// <summary>The other one of the two.</summary>
    public string Other(string user) => user == Original ? Clone : Original;
}

/// <summary>What there is of a pair of users.</summary>
internal enum CloneState
{
    /// <summary>The original only.</summary>
    NoClone,

    /// <summary>The clone only.</summary>
    NoOriginal,

    /// <summary>Both, and as far as the engine can tell the clone is one of the original.</summary>
    Both,

    /// <summary>Both, but the one that is called like a clone is a user of its own: its password is not ours to change.</summary>
    Unrelated,
}
