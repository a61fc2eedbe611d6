//! The codebook as a part of the report, in the language of labels.

use super::Report;
use super::html::escape;
use crate::out::codebook::{categories, variables};

/// Categories of a list that are told; longer lists stand in the codebook's own file, and those of a question that has
/// a table stand there.
const MOST_CATEGORIES: usize = 30;

impl Report<'_> {
    /// Variables with labels and categories.
    pub fn codebook(&self) -> String {
        let form = self.about.form;
        let mut rows = String::new();
        for variable in variables(form, self.released) {
            let listed = if variable.base.is_empty() {
                categories(form, variable.id)
            } else {
                Vec::new()
            };
            let told = listed.iter().take(MOST_CATEGORIES).map(|category| {
                let label = category
                    .labels
                    .get(self.about.language)
                    .map_or("", String::as_str);
                format!("{} = {}", escape(&category.code), escape(label))
            });
            let mut told = told.collect::<Vec<_>>().join("<br>");
            if listed.len() > MOST_CATEGORIES {
                told += "<br>…";
            }
            let sensitive = if variable.sensitive {
                self.t("sensitive")
            } else {
                String::new()
            };
            let about = [variable.kind.as_str(), variable.role, &sensitive];
            let about: Vec<&str> = about.into_iter().filter(|word| !word.is_empty()).collect();
            rows += &format!(
                "<tr><th scope=\"row\"><bdi>{}</bdi></th><td>{}</td><td>{}</td><td>{told}</td><td><bdi>{}</bdi></td>\n",
                escape(variable.key),
                escape(&form.label(self.about.language, variable.id)),
                about.join(", "),
                escape(&variable.asked_when),
            );
        }
        let heads = ["variable", "label", "kind", "answer", "asked_when"];
        let heads = heads
            .map(|key| format!("<th scope=\"col\">{}</th>", self.t(key)))
            .concat();
        let title = self.t("codebook");
        format!(
            "<section id=\"codebook\"><h2>{title}</h2><details><summary>{title}</summary><div class=\"t\" role=\"region\" \
             tabindex=\"0\" aria-label=\"{title}\"><table class=\"code\"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>\
             </table></div></details></section>\n"
        )
    }
}
