using System.Text;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// Names and texts in statements of MySQL and MariaDB, both ways. It is good for sessions whose <c>sql_mode</c> has neither ANSI_QUOTES nor
/// NO_BACKSLASH_ESCAPES, which <see cref="MySqlTarget"/> sees to, whatever the server's own setting is.
/// </summary>
internal static class MySqlText
{
    /// <summary>A name in backticks.</summary>
    public static string Name(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>A text in single quotes.</summary>
    public static string Literal(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>The parts of a statement; <see cref="FormatException"/> where a quote is not closed.</summary>
    public static IReadOnlyList<MySqlToken> Tokens(string statement)
    {
        var tokens = new List<MySqlToken>();
        for (var at = 0; at < statement.Length;)
        {
            var start = at;
            var first = statement[at++];
            if (char.IsWhiteSpace(first))
                continue;
            if (first is '`' or '\'' or '"')
            {
                var value = Quoted(statement, ref at, first);
                tokens.Add(new MySqlToken(first == '`' ? MySqlTokenKind.Name : MySqlTokenKind.Text, value, start, at));
                continue;
            }

            while (IsWord(first) && at < statement.Length && IsWord(statement[at]))
                at++;
            tokens.Add(new MySqlToken(IsWord(first) ? MySqlTokenKind.Word : MySqlTokenKind.Symbol, statement[start..at], start, at));
        }

        return tokens;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '$';

    /// <summary>What stands before the closing quote, without its escapes.</summary>
    private static string Quoted(string statement, ref int at, char quote)
    {
        var value = new StringBuilder();
        while (at < statement.Length)
        {
            var c = statement[at++];
            if (c == quote)
            {
                if (at == statement.Length || statement[at] != quote)
                    return value.ToString();
                at++;
            }
            else if (c == '\\' && quote != '`' && at < statement.Length)
            {
                c = statement[at++];
            }

            value.Append(c);
        }

        throw new FormatException("A quote is not closed.");
    }
}

/// <summary>What a part of a statement is.</summary>
internal enum MySqlTokenKind
{
    /// <summary>A keyword, a number or a name without quotes.</summary>
    Word,

    /// <summary>A name in backticks.</summary>
    Name,

    /// <summary>A text in single or double quotes.</summary>
    Text,

    /// <summary>One other character.</summary>
    Symbol,
}

/// <summary>A part of a statement.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The word, or what stands between the quotes.</param>
/// <param name="Start">Where it starts in the statement.</param>
/// <param name="End">Where it ends, exclusive.</param>
internal readonly record struct MySqlToken(MySqlTokenKind Kind, string Value, int Start, int End)
{
    /// <summary>True where it is this keyword, in any case.</summary>
    public bool Is(string word) => Kind == MySqlTokenKind.Word && string.Equals(Value, word, StringComparison.OrdinalIgnoreCase);

    /// <summary>True where it is this character.</summary>
    public bool Is(char symbol) => Kind == MySqlTokenKind.Symbol && Value[0] == symbol;

    /// <summary>True where it is quoted, in either way.</summary>
    public bool IsQuoted => Kind is MySqlTokenKind.Name or MySqlTokenKind.Text;
}

/// <summary>An account: a user's name and the hosts that it comes from.</summary>
internal sealed record MySqlAccount(string User, string Host)
{
    /// <inheritdoc/>
    public override string ToString() => $"{MySqlText.Name(User)}@{MySqlText.Name(Host)}";

    /// <summary>Reads an account at a place of a statement; <see cref="FormatException"/> where there is another one.</summary>
    public void Expect(IReadOnlyList<MySqlToken> tokens, int at)
    {
        if (at + 2 >= tokens.Count || !tokens[at].IsQuoted || !tokens[at + 1].Is('@') || !tokens[at + 2].IsQuoted
            || tokens[at].Value != User || !string.Equals(tokens[at + 2].Value, Host, StringComparison.OrdinalIgnoreCase))
            throw new FormatException($"The statement is not about {this}.");
    }
}
