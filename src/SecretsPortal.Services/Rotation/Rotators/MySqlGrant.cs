namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// One line of SHOW GRANTS: <c>GRANT … ON … TO account</c>, <c>GRANT role TO account</c>, <c>REVOKE … ON … FROM account</c> (MySQL's partial
/// revokes) or <c>SET DEFAULT ROLE role FOR account</c> (MariaDB). What MariaDB adds of password, TLS and limits is left out.
/// </summary>
internal sealed record MySqlGrant
{
    /// <summary>The statement's text before the account, without the preposition: <c>GRANT SELECT ON `shop`.*</c>.</summary>
    public required string Head { get; init; }

    /// <summary>TO, FROM or FOR.</summary>
    public required string Preposition { get; init; }

    /// <summary>What was given, without GRANT: privileges, columns included, or roles.</summary>
    public required IReadOnlyList<string> Privileges { get; init; }

    /// <summary>What it was given on; null of roles.</summary>
    public required string? Object { get; init; }

    /// <summary>True where the account may pass it on (WITH GRANT OPTION or WITH ADMIN OPTION).</summary>
    public required bool CanPassOn { get; init; }

    /// <summary>True of the line that every account has and that gives nothing.</summary>
    public bool IsUsage => Privileges is ["USAGE"] && !CanPassOn;

    /// <summary>Single things that the line gives, comparable between accounts.</summary>
    public IEnumerable<string> Items => Privileges.Select(p => Object is null ? $"{Kind} {p}" : $"{Kind}{p} ON {Object}")
        .Concat(CanPassOn ? [Object is null ? $"ADMIN OPTION of {string.Join(", ", Privileges)}" : $"GRANT OPTION ON {Object}"] : [])
        .Where(static item => item != "USAGE ON *.*");

    private string Kind => (Preposition, Object) switch
    {
        ("FROM", _) => "REVOKE ",
        ("FOR", _) => "default role",
        (_, null) => "role",
        _ => "",
    };

    /// <summary>The statement that gives another account the same.</summary>
    public string For(MySqlAccount account) =>
        $"{Head} {Preposition} {account}{(CanPassOn ? Object is null ? " WITH ADMIN OPTION" : " WITH GRANT OPTION" : "")}";

    /// <summary>Reads a line; <see cref="FormatException"/> where it is not about the account, or of another form.</summary>
    public static MySqlGrant Parse(string line, MySqlAccount account)
    {
        var tokens = MySqlText.Tokens(line);
        var preposition = tokens.Count == 0 ? "" : tokens[0].Value.ToUpperInvariant() switch { "GRANT" => "TO", "REVOKE" => "FROM", "SET" => "FOR", _ => "" };
        var at = LastIndex(tokens, preposition);
        if (at < 2)
            throw new FormatException("The line is none of those that SHOW GRANTS is known to give.");
        account.Expect(tokens, at + 1);
        var on = FirstIndex(tokens, "ON", at);
        // "GRANT" or "REVOKE" is one word; "SET DEFAULT ROLE" are three.
        var start = tokens[preposition == "FOR" ? 3 : 1].Start;
        var given = line[start..(on > 0 ? tokens[on].Start : tokens[at].Start)];
        return new MySqlGrant
        {
            Head = line[..tokens[at].Start].TrimEnd(),
            Preposition = preposition,
            Privileges = Split(given),
            Object = on > 0 ? line[tokens[on].End..tokens[at].Start].Trim() : null,
            CanPassOn = Enumerable.Range(at + 4, Math.Max(0, tokens.Count - at - 5))
                .Any(i => (tokens[i].Is("GRANT") || tokens[i].Is("ADMIN")) && tokens[i + 1].Is("OPTION")),
        };
    }

    /// <summary>True where an account with these grants may give all that <paramref name="wanted"/> does, as far as the lines tell.</summary>
    public static bool Covers(IReadOnlyList<MySqlGrant> held, MySqlGrant wanted) =>
        wanted.IsUsage || wanted.Preposition != "TO" || wanted.Privileges.All(p => held.Any(h => h.CanPassOn && h.Preposition == "TO" && (wanted.Object is null
            ? h.Object is null && h.Privileges.Contains(p, StringComparer.Ordinal)
            : h.Object is not null && CoversObject(h.Object, wanted.Object) && CoversPrivilege(h.Privileges, p))));

    private static bool CoversPrivilege(IReadOnlyList<string> held, string wanted) =>
        held.Contains("ALL PRIVILEGES", StringComparer.OrdinalIgnoreCase) || held.Contains(wanted, StringComparer.OrdinalIgnoreCase) || wanted == "USAGE"
        // SELECT on a table covers SELECT (`column`) on it.
        || (wanted.IndexOf(" (", StringComparison.Ordinal) is var column and > 0 && held.Contains(wanted[..column], StringComparer.OrdinalIgnoreCase));

    private static bool CoversObject(string held, string wanted)
    {
        var name = wanted.StartsWith('`') || wanted.StartsWith('*') ? wanted : wanted[(wanted.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        return held == "*.*" || held == wanted || (held.EndsWith(".*", StringComparison.Ordinal) && name.StartsWith(held[..^1], StringComparison.Ordinal));
    }

    /// <summary>Parts between commas that stand outside quotes and parentheses.</summary>
    private static List<string> Split(string text)
    {
        var parts = new List<string>();
        var (depth, start) = (0, 0);
        foreach (var token in MySqlText.Tokens(text))
        {
            depth += token.Is('(') ? 1 : token.Is(')') ? -1 : 0;
            if (depth != 0 || !token.Is(','))
                continue;
            parts.Add(text[start..token.Start].Trim());
            start = token.End;
        }

        parts.Add(text[start..].Trim());
        return parts;
    }

    private static int FirstIndex(IReadOnlyList<MySqlToken> tokens, string word, int end) =>
        Enumerable.Range(0, end).Where(i => tokens[i].Is(word)).DefaultIfEmpty(-1).First();

    private static int LastIndex(IReadOnlyList<MySqlToken> tokens, string word) =>
        Enumerable.Range(0, tokens.Count).Where(i => tokens[i].Is(word)).DefaultIfEmpty(-1).Last();
}
