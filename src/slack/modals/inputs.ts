/** What Slack sends back of a modal's inputs. */
export type StateValues = Record<
  string,
  Record<
    string,
    {
      value?: string | null | undefined;
      selected_option?: { value: string } | null | undefined;
      selected_options?: { value: string }[] | null | undefined;
      selected_date?: string | null | undefined;
      selected_date_time?: number | null | undefined;
    }
  >
>;

export const textOf = (values: StateValues, id: string): string | null => {
  const value = values[id]?.[id]?.value ?? null;
  return value === null || value.trim() === "" ? null : value;
};
export const choiceOf = (values: StateValues, id: string): string | null => values[id]?.[id]?.selected_option?.value ?? null;
