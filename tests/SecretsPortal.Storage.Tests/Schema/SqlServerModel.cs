using System.Text.RegularExpressions;
using Microsoft.SqlServer.Dac.Model;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace SecretsPortal.Storage.Tests.Schema;

/// <summary>
/// The schema of db/sqlserver in Microsoft's schema compiler, and statements wrapped as procedures against it: table, column and
/// alias names are bound as SQL Server would bind them, without a server.
/// </summary>
internal sealed partial class SqlServerModel : IDisposable
{
    /// <summary>Every parameter that Storage's statements use, with its SQL Server type.</summary>
    private static readonly Dictionary<string, string> s_types = Types(
        // Of keys and re-wrappings.
        ("BIGINT", "beforeAt deletionAt done failed isDefault total"),
        ("NVARCHAR(4000)", "afterId afterVersionId beforeId currentVersion keyId keyVersion kmsKeyVersion reached sourceKeyId stage startedBy targetKeyId targetVersion"),
        ("VARBINARY(MAX)", "was"),
        ("BIGINT", "appliedAt at attempt attempts automaticallyAfterDays before changedAt createdAt day deletedAt dueAt enabled expiresAt failures fence finishedAt first from includeDeleted isDisabled isManaged isTagged isText last lastAccessedOn lastChangedAt lastFailedAt lastRotatedAt lastSeenAt lastUsedAt leaseUntilAt limit mustChange mustChangePassword nextAttemptAt nextWindowEndAt nextWindowStartAt now number occurredAt passwordChangedAt position provedAt purgeAt revision seenAt sessionEpoch startedAt succeeded timeStep totpConfirmedAt totpLastStep until updatedAt waitUntilAt whenFreed"),
        ("NVARCHAR(4000)", "accessKeyId action after afterKind afterName alias arn bucket caller callerId checksum clientId description detail displayName duration email expression externalRoleArn failure former functionArn groupId hash holderId id issuer kind kmsKeyId label lastUsedRegion message mode name outcome overwritesId owner partnerType passwordHash policyName prefix prefixEnd primaryId primaryRegion provider providerReference region requestedBy requestId resource runId secretId sourceAddress state step subject tagKey tagValue text token userAgent versionId"),
        ("NVARCHAR(MAX)", "document externalMetadata resourcePolicy"),
        ("VARBINARY(MAX)", "fingerprint sealed sealedSecret totpSealed valueMarks"),
        // Of rotation's cycle.
        ("BIGINT", "retryUntilAt stalledAt unchangedSince"),
        ("NVARCHAR(4000)", "masterArn"),
        // Rotation functions'.
        ("BIGINT", "memoryMib timeoutSeconds"),
        ("NVARCHAR(4000)", "allowedSecrets command folder functionKind handler remoteAccessKeyId remoteName remoteRegion runtime url variables"),
        ("VARBINARY(MAX)", "sealedKey"),
        // Of schedules, their health, and notifications.
        ("BIGINT", "changesAt fromAt lastSentAt openWindowEndAt since"),
        ("NVARCHAR(4000)", "alarm answer changedBy channelId event events health reason sealedText secretArn secretName settings targetKey version"),
        // Of the list's.
        ("BIGINT", "anyStatus deleted isThird length off replica"),
        ("NVARCHAR(4000)", "end fieldNames query " + string.Join(' ', Enumerable.Range(0, SecretLists.MostWords).Select(i => $"from{i} to{i}")) + ' '
            + string.Join(' ', Enumerable.Range(0, SecretLists.MostSets).SelectMany(i => Enumerable.Range(0, SecretLists.MostInSet).Select(j => $"set{i}x{j}"))) + ' '
            + string.Join(' ', Enumerable.Range(0, 7).Select(i => $"health{i}"))),
        ("NVARCHAR(MAX)", "ids terms"),
        // Of the overview and of backups.
        ("BIGINT", "width"),
        ("NVARCHAR(4000)", "file"),
        // The log's.
        ("BIGINT", "anchors checkpoints count place sequence"),
        ("NVARCHAR(4000)", "fileName recordId"),
        ("VARBINARY(MAX)", "fileSha256 lastMac mac previousMac seal signature"));

    private readonly TSqlModel _model = new(SqlServerVersion.Sql160, new TSqlModelOptions());

    public SqlServerModel()
    {
        var statements = new List<TSqlStatement>();
        foreach (var file in MigrationFile.Embedded(DatabaseProvider.SqlServer))
        {
            var script = (TSqlScript)Parse(file.Text, file.Name);
            foreach (var statement in script.Batches.SelectMany(batch => batch.Statements))
                statements.Add(statement);
        }

        foreach (var statement in WithAddedColumns(statements))
            _model.AddObjects(statement);
    }

    /// <summary>
    /// The model takes no ALTER TABLE, so the columns that a later migration adds join the CREATE TABLE; nor DROP, so what is dropped is left out, as
    /// is what changes rows.
    /// </summary>
    private static IEnumerable<string> WithAddedColumns(IReadOnlyList<TSqlStatement> statements)
    {
        var tables = statements.OfType<CreateTableStatement>().ToDictionary(table => table.SchemaObjectName.BaseIdentifier.Value);
        foreach (var added in statements.OfType<AlterTableAddTableElementStatement>())
        {
            foreach (var column in added.Definition.ColumnDefinitions)
                tables[added.SchemaObjectName.BaseIdentifier.Value].Definition.ColumnDefinitions.Add(column);
        }

        // A table that a later migration drops is gone with its indexes; what moves its rows has no place in a schema.
        var dropped = statements.OfType<DropTableStatement>().SelectMany(drop => drop.Objects).Select(table => table.BaseIdentifier.Value).ToHashSet();
        var droppedIndexes = statements.OfType<DropIndexStatement>().SelectMany(drop => drop.DropIndexClauses).OfType<DropIndexClause>()
            .Select(clause => clause.Index.Value).ToHashSet(StringComparer.Ordinal);
        bool Stays(TSqlStatement statement) => statement switch
        {
            AlterTableAddTableElementStatement or DropTableStatement or DropIndexStatement or InsertStatement or ExecuteStatement => false,
            CreateTableStatement table => !dropped.Contains(table.SchemaObjectName.BaseIdentifier.Value),
            CreateIndexStatement index => !dropped.Contains(index.OnName.BaseIdentifier.Value) && !droppedIndexes.Contains(index.Name.Value),
            _ => true,
        };

        var generator = new Sql160ScriptGenerator();
        foreach (var statement in statements.Where(Stays))
        {
            if (statement is not CreateTableStatement)
            {
                yield return TextOf(statement);
                continue;
            }

            generator.GenerateScript(statement, out var text);
            yield return text;
        }
    }

    /// <summary>The tree of a text; fails the test on a syntax error. A text that does not parse would spoil the model unseen.</summary>
    public static TSqlFragment Parse(string text, string name)
    {
        using var reader = new StringReader(text);
        var tree = new TSql160Parser(initialQuotedIdentifiers: true).Parse(reader, out var errors);
        Assert.True(errors.Count == 0, $"{name}: {string.Join("; ", errors.Select(e => $"line {e.Line}: {e.Message}"))}\n{text}");
        return tree;
    }

    /// <summary>The parameters of a statement that it does not declare itself.</summary>
    public static IReadOnlyList<string> ParametersOf(string text, string name)
    {
        var names = new VariableNames();
        Parse(text, name).Accept(names);
        return [.. names.Used.Except(names.Declared, StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Adds a statement as a procedure of that name.</summary>
    public void AddStatement(string name, string text)
    {
        var parameters = ParametersOf(text, name).Select(parameter => $"{parameter} {TypeOf(parameter[1..], name)}");
        var procedure = $"CREATE PROCEDURE dbo.{name} {string.Join(", ", parameters)} AS\n{text}";
        Parse(procedure, name);
        _model.AddObjects(procedure);
        // What AddObjects does not understand it leaves out without a word.
        Assert.True(_model.GetObject(Procedure.TypeClass, new ObjectIdentifier("dbo", name), DacQueryScopes.UserDefined) is not null,
            $"The compiler has not taken in {name}:\n{procedure}");
    }

    /// <summary>Names of all objects of one type in the model.</summary>
    public IReadOnlyList<string> NamesOf(ModelTypeClass type) =>
        [.. _model.GetObjects(DacQueryScopes.UserDefined, type).Select(found => found.Name.Parts[^1]).Order(StringComparer.Ordinal)];

    /// <summary>Tables with their columns; a column that may be NULL ends in <c>?</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Columns() => _model.GetObjects(DacQueryScopes.UserDefined, Table.TypeClass).ToDictionary(
        table => table.Name.Parts[^1],
        table => (IReadOnlyList<string>)[.. table.GetReferenced(Table.Columns).Select(column =>
            column.Name.Parts[^1] + (column.GetProperty<bool>(Column.Nullable) ? "?" : ""))]);

    /// <summary>
    /// What the compiler finds. Its warnings count: a missing table (71502) or column, or an alias that is bound to nothing (71005), is one.
    /// </summary>
    public IReadOnlyList<string> Faults() =>
        [.. _model.Validate().Select(message => $"{message.Prefix}{message.Number} {message.MessageType}: {message.Message}")];

    public void Dispose() => _model.Dispose();

    private static string TypeOf(string parameter, string statement)
    {
        if (IdListParameter().IsMatch(parameter))
            return "NVARCHAR(4000)";
        if (parameter.StartsWith("block", StringComparison.Ordinal))
            return "BIGINT";
        Assert.True(s_types.ContainsKey(parameter), $"{statement} uses @{parameter}: give its type in {nameof(SqlServerModel)}.");
        return s_types[parameter];
    }

    private static string TextOf(TSqlFragment fragment) =>
        string.Concat(fragment.ScriptTokenStream.Skip(fragment.FirstTokenIndex).Take(fragment.LastTokenIndex - fragment.FirstTokenIndex + 1).Select(token => token.Text));

    private static Dictionary<string, string> Types(params (string Type, string Names)[] groups) => groups
        .SelectMany(group => group.Names.Split(' ').Select(name => (name, group.Type)))
        .ToDictionary(pair => pair.name, pair => pair.Type, StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex("^id[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex IdListParameter();

    private sealed class VariableNames : TSqlFragmentVisitor
    {
        public HashSet<string> Used { get; } = new(StringComparer.OrdinalIgnoreCase);

        public HashSet<string> Declared { get; } = new(StringComparer.OrdinalIgnoreCase);

        public override void Visit(VariableReference node) => Used.Add(node.Name);

        public override void Visit(DeclareVariableElement node) => Declared.Add(node.VariableName.Value);

        // EXEC proc @Name = value names the procedure's parameter, not one of ours.
        public override void Visit(ExecuteParameter node)
        {
            if (node.Variable is not null)
                Declared.Add(node.Variable.Name);
        }
    }
}
