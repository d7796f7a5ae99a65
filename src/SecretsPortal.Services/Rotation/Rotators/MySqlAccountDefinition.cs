using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// An account as SHOW CREATE USER tells it: how it authenticates, and everything else that is not a privilege: TLS requirement, limits, rules for
/// its passwords, lock, default roles.
/// </summary>
internal sealed record MySqlAccountDefinition
{
    /// <summary>
    /// A TLS requirement that nobody meets. An account has it while the portal makes it: privileges are no transaction, and a clone that lacks some
    /// of them must not be taken for a finished one.
    /// </summary>
    public const string Unfinished = "/CN=Secrets Portal has not finished this account";

    private const string Native = "mysql_native_password";

    // Those whose accounts have a password of their own, in MySQL or MariaDB.
    private static readonly string[] s_withPassword = [Native, "caching_sha2_password", "sha256_password", "ed25519", "parsec"];

    /// <summary>True of MariaDB, whose statements differ.</summary>
    public required bool IsMariaDb { get; init; }

    /// <summary>Ways to authenticate, one of which is enough: the plugin, and the rest of its clause as text (empty where there is none).</summary>
    public required IReadOnlyList<(string Plugin, string Clause)> Authentication { get; init; }

    /// <summary>Roles that are active after a log-in, as text (MySQL; MariaDB tells them with the grants); null where there are none.</summary>
    public required string? DefaultRoles { get; init; }

    /// <summary>All clauses behind these, as text, from REQUIRE on. That the password is expired at the moment is left out.</summary>
    public required string Options { get; init; }

    /// <summary>True while the portal makes the account.</summary>
    public bool IsUnfinished => Options.Contains(Unfinished, StringComparison.Ordinal);

    /// <summary>True where the account logs in with a password that the server keeps.</summary>
    public bool HasPassword => Authentication.Any(static a => IsPasswordPlugin(a.Plugin));

    /// <summary>The plugins' names.</summary>
    public string Plugins => string.Join(" or ", Authentication.Select(static a => a.Plugin));

    /// <summary>Reads the answer to SHOW CREATE USER; <see cref="FormatException"/> where it is about another account, or of another form.</summary>
    public static MySqlAccountDefinition Parse(string statement, MySqlAccount account, bool isMariaDb)
    {
        var tokens = MySqlText.Tokens(statement);
        account.Expect(tokens, 2);
        const int AfterAccount = 5;
        var (authentication, at) = ReadAuthentication(statement, tokens, AfterAccount);
        string? roles = null;
        if (at + 1 < tokens.Count && tokens[at].Is("DEFAULT") && tokens[at + 1].Is("ROLE"))
        {
            var end = NextWord(tokens, at + 2, "REQUIRE");
            roles = Text(statement, tokens, at + 2, end);
            at = end;
        }

        if (at < tokens.Count && tokens[at].Is("AND"))
            throw new FormatException("The account has more than one factor.");
        return new MySqlAccountDefinition
        {
            IsMariaDb = isMariaDb,
            Authentication = authentication,
            DefaultRoles = roles,
            Options = OptionsOf(statement, tokens, at),
        };
    }

    /// <summary>
    /// The clause that sets a password and keeps the plugins. MariaDB writes statements to its general log as they are, so it is given the hash where
    /// that is enough; <paramref name="inTheClear"/> gives the password itself, for servers that want to judge it. MySQL leaves passwords out of its logs.
    /// </summary>
    public string IdentifiedBy(SecretText password, bool inTheClear)
    {
        if (!IsMariaDb)
            return $"IDENTIFIED WITH {MySqlText.Literal(Authentication[0].Plugin)} BY {MySqlText.Literal(password.Reveal())}";
        var ways = Authentication.Select(a => !IsPasswordPlugin(a.Plugin)
            ? $"{a.Plugin} {a.Clause}".TrimEnd()
            : a.Plugin == Native && !inTheClear
                ? $"{a.Plugin} USING {MySqlText.Literal(NativeHash(password))}"
                : $"{a.Plugin} USING PASSWORD({MySqlText.Literal(password.Reveal())})");
        return $"IDENTIFIED VIA {string.Join(" OR ", ways)}";
    }

    /// <summary>The statement that gives accounts a password, all at once and in this order; each keeps its plugins.</summary>
    public static string SetPasswords(IEnumerable<(MySqlAccount Account, MySqlAccountDefinition Definition)> accounts, SecretText password, bool inTheClear) =>
        $"ALTER USER {string.Join(", ", accounts.Select(a => $"{a.Account} {a.Definition.IdentifiedBy(password, inTheClear)}"))}";

    /// <summary>The statement with which an account changes its own password and keeps its plugin.</summary>
    public string SetOwnPassword(SecretText password, bool inTheClear)
    {
        if (!IsMariaDb)
            return $"SET PASSWORD = {MySqlText.Literal(password.Reveal())}";
        var isNative = Authentication.First(static a => IsPasswordPlugin(a.Plugin)).Plugin == Native;
        return isNative && !inTheClear
            ? $"SET PASSWORD = {MySqlText.Literal(NativeHash(password))}"
            : $"SET PASSWORD = PASSWORD({MySqlText.Literal(password.Reveal())})";
    }

    /// <summary>How the server keeps passwords of mysql_native_password: <c>*</c> and SHA-1 of SHA-1 in hexadecimal digits. It does not log in.</summary>
    public static string NativeHash(SecretText password)
    {
#pragma warning disable CA5350 // The server's own way.
        return "*" + Convert.ToHexString(SHA1.HashData(SHA1.HashData(Encoding.UTF8.GetBytes(password.Reveal()))));
#pragma warning restore CA5350
    }

    private static bool IsPasswordPlugin(string plugin) => s_withPassword.Contains(plugin, StringComparer.OrdinalIgnoreCase);

    private static (IReadOnlyList<(string Plugin, string Clause)> Ways, int Next) ReadAuthentication(string statement, IReadOnlyList<MySqlToken> tokens, int at)
    {
        // MariaDB: an account without any password.
        if (at >= tokens.Count || !tokens[at].Is("IDENTIFIED"))
            return ([(Native, "")], at);
        // MariaDB: IDENTIFIED BY PASSWORD 'hash'.
        if (at + 3 < tokens.Count && tokens[at + 1].Is("BY") && tokens[at + 2].Is("PASSWORD"))
            return ([(Native, Text(statement, tokens, at + 2, at + 4))], at + 4);
        var ways = new List<(string, string)>();
        at++;
        do
        {
            // WITH 'plugin' AS hash (MySQL), or VIA plugin USING 'hash' OR plugin … (MariaDB).
            if (at + 1 >= tokens.Count)
                throw new FormatException("The way to authenticate is missing.");
            var plugin = tokens[at + 1].Value;
            at += 2;
            var rest = "";
            if (at + 1 < tokens.Count && (tokens[at].Is("AS") || tokens[at].Is("USING")))
            {
                rest = Text(statement, tokens, at, at + 2);
                at += 2;
            }

            ways.Add((plugin, rest));
        }
        while (at < tokens.Count && tokens[at].Is("OR"));
        return (ways, at);
    }

    private static string OptionsOf(string statement, IReadOnlyList<MySqlToken> tokens, int at)
    {
        var options = new StringBuilder();
        if (NextWord(tokens, at, "REQUIRE") == tokens.Count)
            options.Append("REQUIRE NONE");
        for (; at < tokens.Count; at++)
        {
            if (IsExpiry(tokens, at))
            {
                at++;
                continue;
            }

            if (options.Length > 0)
                options.Append(' ');
            options.Append(statement, tokens[at].Start, tokens[at].End - tokens[at].Start);
            // A number such as 4.5 is three tokens.
            while (at + 1 < tokens.Count && tokens[at + 1].Start == tokens[at].End)
            {
                at++;
                options.Append(statement, tokens[at].Start, tokens[at].End - tokens[at].Start);
            }
        }

        return options.ToString();
    }

    /// <summary>PASSWORD EXPIRE without INTERVAL, NEVER or DEFAULT behind it is a state, no rule.</summary>
    private static bool IsExpiry(IReadOnlyList<MySqlToken> tokens, int at) =>
        at + 1 < tokens.Count && tokens[at].Is("PASSWORD") && tokens[at + 1].Is("EXPIRE")
        && (at + 2 == tokens.Count || !(tokens[at + 2].Is("INTERVAL") || tokens[at + 2].Is("NEVER") || tokens[at + 2].Is("DEFAULT")));

    private static int NextWord(IReadOnlyList<MySqlToken> tokens, int at, string word)
    {
        while (at < tokens.Count && !tokens[at].Is(word))
            at++;
        return at;
    }

    private static string Text(string statement, IReadOnlyList<MySqlToken> tokens, int from, int to) => statement[tokens[from].Start..tokens[to - 1].End];
}
