using System.Text.RegularExpressions;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>
/// The portal's texts stand in resources: no page, part or dialog has words of its own, between tags or in what tags say, and neither has the code beside
/// them, but for what no page shows: that is named here with the reason, and a file on the list that has no words any more, or is gone, fails as well.
/// </summary>
public sealed partial class LiteralTextTests
{
    // Attributes that people read or hear.
    private static readonly string[] s_read =
        ["Label", "HelperText", "Placeholder", "placeholder", "title", "Title", "aria-label", "AriaLabel", "alt", "Text", "ErrorText", "RequiredError", "data-label", "NameLabel", "ValueLabel", "AddLabel", "What", "AdornmentAriaLabel"];

    [Fact]
    public void No_razor_file_has_words_of_its_own()
    {
        var root = RepositoryRoot.File("src/SecretsPortal.Web/Portal");
        var found = Directory.EnumerateFiles(root, "*.razor", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(root, file).Replace('\\', '/'), Words: WordsOf(File.ReadAllText(file)))).ToList();

        var unexpected = found.Where(file => file.Words.Count > 0).Select(file => $"{file.Name}: {string.Join(" | ", file.Words)}").ToList();
        Assert.True(unexpected.Count == 0, $"These have words of their own; put them into the resources of their area:\n{string.Join('\n', unexpected)}");
    }

    // What these files say in words is read in a log, a record or a program, not on a page.
    private static readonly Dictionary<string, string> s_notForPages = new(StringComparer.Ordinal)
    {
        ["DoorRouteView.razor.cs"] = "the fault of a page that was written without a door",
        ["Model/CodeSample.cs"] = "programs",
        ["Model/TerraformSample.cs"] = "a program",
        ["PortalRegistration.cs"] = "why doors are open, for who reads the code",
        ["Session/OidcEvents.cs"] = "reasons in the audit log",
        ["Session/OpenPages.cs"] = "the fault of a circuit, for the log",
        ["Session/PortalSession.cs"] = "an exception that pages answer by leading to sign-in",
    };

    // Names are the same in every language; and what messages of the services begin with is compared.
    private static readonly string[] s_names =
    [
        "PostgreSQL", "MySQL", "MariaDB", "Oracle", "Redshift", "DocumentDB", "Aurora PostgreSQL", "Aurora MySQL", "SQL Server", "Azure Key Vault", "AWS KMS", "Mac OS X", "The parameter ",
    ];

    [Fact]
    public void No_code_of_the_portal_has_words_of_its_own()
    {
        var root = RepositoryRoot.File("src/SecretsPortal.Web/Portal");
        var found = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(root, file).Replace('\\', '/'), Words: WordsOfCode(File.ReadAllText(file)))).Where(file => file.Words.Count > 0).ToList();

        var unexpected = found.Where(file => !s_notForPages.ContainsKey(file.Name)).Select(file => $"{file.Name}: {string.Join(" | ", file.Words)}").ToList();
        Assert.True(unexpected.Count == 0, $"These have words of their own; put them into the resources of their area:\n{string.Join('\n', unexpected)}");
        Assert.Empty(s_notForPages.Keys.Except(found.Select(file => file.Name)));
    }

    [Theory]
    [InlineData("Fault = \"Type the value.\";", "Type the value.")]
    [InlineData("return $\"{name} is gone for good\";", "{name} is gone for good")]
    [InlineData("State.Off => \"Stopped\",", "Stopped")]
    [InlineData("// Says \"so it is\".\nvar name = \"aws:SourceIp\";", null)]
    [InlineData("[SupplyParameterFromQuery(Name = \"a name\")]", null)]
    [InlineData("at.ToString(\"d MMM yyyy, HH:mm 'UTC'\", c)", null)]
    [InlineData("text.StartsWith(\"The parameter \", StringComparison.Ordinal)", null)]
    [InlineData("Engine.Oracle => \"Oracle\",", null)]
    public void Words_in_code_are_told_from_names_and_formats(string code, string? expected)
    {
        var words = WordsOfCode(code);

        if (expected is null)
            Assert.Empty(words);
        else
            Assert.Contains(expected, words);
    }

    [Theory]
    [InlineData("<p>Words here</p>", "Words here")]
    [InlineData("<MudTextField Label=\"Name\" />", "Name")]
    [InlineData("@if (_a)\n{\n  <text>Set</text>\n}", "Set")]
    [InlineData("<p>@(_a ? \"Yes it is\" : \"No\")</p>", "Yes it is")]
    [InlineData("<h1>@XText.Title</h1><code>aws:PrincipalTag/…</code><p>@Words.Fill(XText.A, b) · @c</p>", null)]
    [InlineData("@* a remark *@\n@using A.B\n<p class=\"quiet small\" id=\"rule\">@XText.Rule</p>", null)]
    [InlineData("@if (a > b)\n{\n  <p>@x</p>\n}\nelse if (c < d)\n{\n}", null)]
    public void Words_are_told_from_code(string razor, string? expected)
    {
        var words = WordsOf(razor);

        if (expected is null)
            Assert.Empty(words);
        else
            Assert.Contains(expected, words);
    }

    // Text with a blank between two words, and a word that a switch answers with; but for formats of times, what is compared, attributes, remarks and markup.
    private static List<string> WordsOfCode(string code) =>
        [.. CodeLiteral().Matches(CodeRemark().Replace(code, ""))
            .Where(literal => !literal.Groups["compared"].Success && (TwoWords().IsMatch(Hole().Replace(literal.Groups["text"].Value, "")) || (literal.Groups["arrow"].Success && OneWord().IsMatch(literal.Groups["text"].Value)))
                && !TimeFormat().IsMatch(literal.Groups["text"].Value) && !Markup().IsMatch(literal.Groups["text"].Value) && !s_names.Contains(literal.Groups["text"].Value))
            .Select(literal => literal.Groups["text"].Value)];

    private static List<string> WordsOf(string razor)
    {
        razor = Remark().Replace(razor, "");
        razor = Directive().Replace(razor, "");
        // What is shown as code is no language's.
        razor = Code().Replace(razor, "<code></code>");
        var words = new List<string>();
        foreach (Match attribute in Attribute().Matches(razor))
        {
            if (s_read.Contains(attribute.Groups["name"].Value) && IsWords(attribute.Groups["value"].Value) && !attribute.Groups["value"].Value.StartsWith('@'))
                words.Add(attribute.Groups["value"].Value);
        }

        foreach (Match text in Between().Matches(WithoutCode(razor)))
        {
            if (IsWords(text.Groups["text"].Value))
                words.Add(text.Groups["text"].Value.Trim());
        }

        // Sentences in expressions: a blank between words tells them from names and classes.
        foreach (Match literal in Literal().Matches(razor))
            words.Add(literal.Groups["text"].Value);
        return words;
    }

    // Takes away attributes, and expressions and statements outside of tags, so that what is left between > and < is text.
    private static string WithoutCode(string razor)
    {
        var plain = AnyAttribute().Replace(razor, "");
        plain = Expression().Replace(plain, "");
        return Statement().Replace(plain, "><");
    }

    // What stays as it is in every language: the product's name, what is all capitals, an expression, an example such as db.example.internal.
    private static bool IsWords(string text) => TwoLetters().IsMatch(text.Replace("Secrets Portal", "", StringComparison.Ordinal))
        && !text.StartsWith("cron(", StringComparison.Ordinal) && !Example().IsMatch(text);

    [GeneratedRegex("""(?<arrow>=> )?\$?@?(?<!"|')"(?!")(?<text>(?:[^"\\\n]|\\.)*)"(?<compared>\s*,\s*StringComparison)?""")]
    private static partial Regex CodeLiteral();

    [GeneratedRegex(@"(?m)^\s*(//|\[).*$|(?<=[;{,]\s+)//.*$")]
    private static partial Regex CodeRemark();

    [GeneratedRegex(@"\{[^}]*\}?")]
    private static partial Regex Hole();

    [GeneratedRegex(@"[A-Za-z]{2,}[,.:;]? [A-Za-z]")]
    private static partial Regex TwoWords();

    [GeneratedRegex(@"^[A-Z][a-z]{2,}$")]
    private static partial Regex OneWord();

    [GeneratedRegex(@"^(<|mud-)")]
    private static partial Regex Markup();

    [GeneratedRegex(@"^[dMyHhmsf,:. ]+('UTC')?$")]
    private static partial Regex TimeFormat();

    [GeneratedRegex(@"@\*.*?\*@", RegexOptions.Singleline)]
    private static partial Regex Remark();

    [GeneratedRegex(@"^@(page|attribute|using|inherits|layout|typeparam|implements|inject)\b.*$", RegexOptions.Multiline)]
    private static partial Regex Directive();

    [GeneratedRegex(@"<(code|pre|kbd)\b.*?</\1>", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<![\w-])(?<name>[A-Za-z][\w-]*)=""(?<value>[^""@][^""]*)""")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"\s[@A-Za-z][\w:-]*=(""@\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)""|""[^""]*""|'[^']*')")]
    private static partial Regex AnyAttribute();

    [GeneratedRegex(@"@\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)|@(?:await )?[A-Za-z_][\w.]*(?:<[\w.]+>)?[!?]?(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\[[^\]]*\]|\??\.[A-Za-z_]\w*|!)*")]
    private static partial Regex Expression();

    [GeneratedRegex(@"(?<=^|[>}\n])\s*(?:[{}]|else\b[^\n]*|case [^\n]*|default:|break;|var [^\n]*|\([^\n]*\)|[\w.]+(?:\([^\n]*\))?;|if \([^\n]*|foreach \([^\n]*)\s*(?=$|\n)", RegexOptions.Multiline)]
    private static partial Regex Statement();

    [GeneratedRegex(@"^[a-z][\w-]*(?:[./][\w-]+)+$")]
    private static partial Regex Example();

    [GeneratedRegex(@">(?<text>[^<>{}]+)<")]
    private static partial Regex Between();

    [GeneratedRegex(@"[A-Za-z][a-z]")]
    private static partial Regex TwoLetters();

    [GeneratedRegex(@"(?<=@[^""\n]*)""(?<text>[A-Z][a-z]+ [^""{]*)""|(?<=[?:] )""(?<text>[A-Z][a-z]{2,}[^""]*)""")]
    private static partial Regex Literal();
}
