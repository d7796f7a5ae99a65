using System.Text.RegularExpressions;
using Microsoft.SqlServer.Dac.Model;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace SecretsPortal.Storage.Tests.Schema;

/// <summary>SQL Server's texts, held right by Microsoft's own compiler: no SQL Server is needed.</summary>
public sealed partial class SqlServerStatementsTests
{
    /// <summary>Statements of the migrator that speak to the server itself: the compiler knows no system procedures.</summary>
    private static readonly string[] s_ofTheServer = ["Migrator_s_lock"];

    [Fact]
    public void The_schema_compiles()
    {
        using var model = new SqlServerModel();

        Assert.Empty(model.Faults());
        Assert.Equal(
            [
                "access_key", "audit_anchor", "audit_checkpoint", "audit_head", "audit_outbox", "audit_record", "audit_sink", "caller", "caller_group", "caller_policy", "caller_tag", "change_epoch", "group_member", "group_policy",
                "kms_key", "notification", "notification_channel", "policy", "portal_key", "portal_session", "portal_switch", "recovery_code", "rewrap_job", "rotation_function", "rotation_run", "rotation_schedule", "rotation_step",
                "saved_view", "schema_migration", "secret", "secret_label", "secret_replica", "secret_tag", "secret_term", "secret_version", "sign_in_failure",
            ],
            model.NamesOf(Table.TypeClass));
    }

    [Fact]
    public void Every_statement_of_Storage_compiles_against_the_schema()
    {
        using var model = new SqlServerModel();
        Assert.True(Sql.All.Count > 60, $"Only {Sql.All.Count} statements were found.");

        foreach (var (sql, name) in Sql.All.Where(pair => !s_ofTheServer.Contains(pair.Value)))
            model.AddStatement(name, sql.For(DatabaseProvider.SqlServer));

        Assert.Empty(model.Faults());
    }

    [Theory]
    [InlineData("SELECT no_such_column FROM secret")]
    [InlineData("SELECT id FROM no_such_table")]
    [InlineData("SELECT x.id FROM secret s")]
    [InlineData("UPDATE rotation_run SET no_such_column = @now WHERE id = @id")]
    [InlineData("INSERT INTO secret_label (secret_id, no_such_column) VALUES (@secretId, @label)")]
    [InlineData("DELETE FROM secret_tag WHERE no_such_column = @id")]
    public void The_check_fails_on_a_wrong_name(string text)
    {
        using var model = new SqlServerModel();

        model.AddStatement("wrong", text);

        Assert.Contains(model.Faults(), fault => fault.Contains("[wrong]", StringComparison.Ordinal));
    }

    [Fact]
    public void The_check_fails_on_a_syntax_error() =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => SqlServerModel.Parse("SELECT id FROM secret LIMIT @limit", "wrong"));

    [Fact]
    public void Every_parameter_of_a_statement_stands_in_both_dialects()
    {
        foreach (var (sql, name) in Sql.All.Where(pair => !s_ofTheServer.Contains(pair.Value)))
        {
            var ofSqlite = SqliteParameter().Matches(sql.For(DatabaseProvider.Sqlite)).Select(match => match.Value).Distinct().Order(StringComparer.OrdinalIgnoreCase);
            Assert.Equal(ofSqlite, SqlServerModel.ParametersOf(sql.For(DatabaseProvider.SqlServer), name));
        }
    }

    [Fact]
    public void Migrations_are_plain_statements_that_any_engine_of_the_dialect_reads()
    {
        foreach (var file in MigrationFile.Embedded(DatabaseProvider.SqlServer))
        {
            var script = (TSqlScript)SqlServerModel.Parse(file.Text, file.Name);
            var rules = new PlainRules();
            script.Accept(rules);
            Assert.Empty(rules.Faults.Select(fault => $"{file.Name}: {fault}"));
            // One batch: the migrator sends a file as it is.
            Assert.Single(script.Batches);
        }
    }

    [Fact]
    public void Statements_use_neither_MERGE_nor_common_table_expressions_nor_every_column()
    {
        foreach (var (sql, name) in Sql.All)
        {
            var rules = new PlainRules();
            SqlServerModel.Parse(sql.For(DatabaseProvider.SqlServer), name).Accept(rules);
            Assert.Empty(rules.Faults.Select(fault => $"{name}: {fault}"));
        }
    }

    [GeneratedRegex("@[A-Za-z][A-Za-z0-9]*")]
    private static partial Regex SqliteParameter();

    private sealed class PlainRules : TSqlFragmentVisitor
    {
        public List<string> Faults { get; } = [];

        public override void Visit(MergeStatement node) => Faults.Add("MERGE");

        public override void Visit(CommonTableExpression node) => Faults.Add("a common table expression");

        public override void Visit(SelectStarExpression node) => Faults.Add("SELECT *");

        public override void Visit(AlterDatabaseStatement node) => Faults.Add("ALTER DATABASE");

        public override void Visit(IndexDefinition node) => Faults.Add("an index inside CREATE TABLE; make it a statement of its own");

        public override void Visit(ColumnDefinition node)
        {
            if (node.Constraints.OfType<ForeignKeyConstraintDefinition>().Any())
                Faults.Add($"a foreign key on the column {node.ColumnIdentifier.Value}; make it a constraint of the table");
            var type = ((node.DataType as SqlDataTypeReference)?.SqlDataTypeOption).GetValueOrDefault();
            if (type is SqlDataTypeOption.VarChar or SqlDataTypeOption.NVarChar && node.Collation?.Value != "Latin1_General_100_BIN2")
                Faults.Add($"the text column {node.ColumnIdentifier.Value} does not compare by ordinal");
        }
    }
}
